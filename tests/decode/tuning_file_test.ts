import { assertEquals } from "@std/assert";
import { runScript } from "./_run_script.ts";

const MODULE = new URL("../../src/decode/tuning_file.ts", import.meta.url).href;
const CUT = { TILE: 1, SPAN: 2, GROUPS: 8 };
const ALL = ["--allow-env", "--allow-read", "--allow-write"];
const CACHE = Deno.build.os === "windows" ? "LOCALAPPDATA" : "XDG_CACHE_HOME";

/** A module that opens the files of three adapters of one name, and prints what an expression gives. */
function script(expression: string): string {
  return `
    import { openTuningFile } from ${JSON.stringify(MODULE)};
    const open = (isSoftware, isInline) =>
      openTuningFile({ name: "a", isSoftware, isInline });
    const file = await open(false, false);
    const software = await open(true, false);
    const inline = await open(true, true);
    const read = async (file) => [...await file.read()];
    console.log(JSON.stringify(await (${expression})));`;
}

async function evaluate(
  expression: string,
  options: Parameters<typeof runScript>[1],
): Promise<unknown> {
  return JSON.parse(await runScript(script(expression), options));
}

async function withFolder(
  action: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await action(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function listPaths(folder: string): readonly string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => `${folder}/${name}`);
}

Deno.test("openTuningFile() keeps what was found of a device, by how many threads llvmpipe is told to use", async () => {
  await withFolder(async (folder) => {
    const found = [["1 x", CUT], ["8 y", 2000]];
    // The variable's folder is not below the one that Deno's own cache is in.
    const options = { permissions: ALL, env: { [CACHE]: folder } };
    const env = { ...options.env, DENO_DIR: await denoFolder() };
    const plain = { ...options, env: { ...env, LP_NUM_THREADS: "" } };
    const threaded = { ...options, env: { ...env, LP_NUM_THREADS: "0" } };
    const write = `file.write(new Map(${JSON.stringify(found)}))`;
    await evaluate(`${write}, 0`, plain);
    assertEquals(await evaluate("read(file)", plain), found);
    for (const other of ["software", "inline"]) {
      assertEquals(await evaluate(`read(${other})`, plain), []);
    }
    assertEquals(await evaluate("read(file)", threaded), []);
    await evaluate(`file.write(new Map([["1 x", 5]])), 0`, threaded);
    assertEquals(await evaluate("read(file)", threaded), [["1 x", 5]]);
    assertEquals(await evaluate("read(file)", plain), found);
    const kept = listPaths(`${folder}/jakiro/costs`);
    assertEquals(kept.length, 2);
    // What cannot be read, or is not what was asked for, is as if it were not there.
    const wrong = [
      ["1 x"],
      [1, CUT],
      ["1 x", null],
      ["1 x", "8"],
      ["1 x", { ...CUT, TILE: 0.5 }],
      ["1 x", { TILE: 1, SPAN: 1 }],
      null,
      7,
    ];
    for (
      const [text, expected] of [
        ["", []],
        ["{", []],
        ["null", []],
        ['{"learnt":{}}', []],
        [JSON.stringify({ learnt: [...wrong, ["1 x", CUT]] }), [["1 x", CUT]]],
      ] as const
    ) {
      for (const path of kept) await Deno.writeTextFile(path, text);
      assertEquals(await evaluate("read(file)", plain), expected, text);
    }
  });
});

Deno.test("openTuningFile() keeps nothing, and asks for nothing, where it may not or cannot", async () => {
  await withFolder(async (folder) => {
    const write = `file.write(new Map([["1 x", 5]])), await read(file)`;
    const env = { [CACHE]: folder, DENO_DIR: await denoFolder() };
    const tried = script(`(async () => (${write}))()`);
    assertEquals(await runScript(tried, { env }), "[]\n");
    assertEquals(listPaths(folder), []);
    const taken = `${folder}/taken`;
    await Deno.writeTextFile(taken, "a file where a folder would have to be");
    const wrong = { permissions: ALL, env: { ...env, [CACHE]: taken } };
    assertEquals(await runScript(tried, wrong), "[]\n");
  });
});

/** Where Deno keeps what it has compiled, whatever the cache folder is. */
async function denoFolder(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json"],
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}
