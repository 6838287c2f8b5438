import { assertEquals } from "@std/assert";
import { loadWays } from "../../src/decode/load_model.ts";
import { openPolicyFile } from "../../src/decode/policy_file.ts";

const STORIES = new URL("../../weights/stories260k/", import.meta.url);
const LEARNT = {
  costs: [1, 2.5],
  sums: [{ weight: 0, tokens: 0 }, { weight: 4.5, tokens: 9 }],
  isPlain: true,
  numPlainTokens: 12,
  retryAfter: 256,
};

/** Sets the cache folder while an action runs. */
async function withCache(
  folder: string,
  action: () => Promise<void>,
): Promise<void> {
  const name = Deno.build.os === "windows" ? "LOCALAPPDATA" : "XDG_CACHE_HOME";
  const before = Deno.env.get(name);
  Deno.env.set(name, folder);
  try {
    await action();
  } finally {
    if (before === undefined) Deno.env.delete(name);
    else Deno.env.set(name, before);
  }
}

async function filesBelow(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    paths.push(...isDirectory ? await filesBelow(path) : [path]);
  }
  return paths;
}

function listCosts(folder: string): string[] {
  const costs = `${folder}/jakiro/costs`;
  return [...Deno.readDirSync(costs)].map(({ name }) => `${costs}/${name}`);
}

Deno.test("openPolicyFile() keeps what was learnt of each key, and gives nothing that is not what was asked for", async () => {
  const folder = await Deno.makeTempDir();
  await withCache(folder, async () => {
    const file = await openPolicyFile({ device: "a", trees: [1, 2] });
    assertEquals(await file.read(2), null);
    file.write(LEARNT);
    const other = { ...LEARNT, costs: [7], sums: LEARNT.sums.slice(1) };
    (await openPolicyFile({ device: "b" })).write(other);
    const again = await openPolicyFile({ device: "a", trees: [1, 2] });
    assertEquals(await again.read(2), LEARNT);
    assertEquals(await again.read(3), null);
    const paths = await filesBelow(folder);
    assertEquals(paths.length, 2);
    const broken = [
      "",
      "{",
      "null",
      "[1,2]",
      '{"learnt":null}',
      '{"learnt":[1,2]}',
      ...[
        { costs: "1" },
        { costs: [1, null] },
        { costs: [1, -1] },
        { sums: [1, 2] },
        { sums: [{ weight: 1, tokens: 2 }] },
        { isPlain: 0 },
        { numPlainTokens: null },
        { retryAfter: -1 },
      ].map((wrong) => JSON.stringify({ learnt: { ...LEARNT, ...wrong } })),
    ];
    for (const text of broken) {
      for (const path of paths) await Deno.writeTextFile(path, text);
      assertEquals(await again.read(2), null, text);
    }
  });
  await Deno.remove(folder, { recursive: true });
});

Deno.test("openPolicyFile() keeps a bounded number of files, those written last, and has done so on return", async () => {
  const folder = await Deno.makeTempDir();
  await withCache(folder, async () => {
    const keys = Array.from({ length: 70 }, (_, device) => ({ device }));
    const files = await Promise.all(keys.map(openPolicyFile));
    await Deno.mkdir(`${folder}/jakiro/costs`, { recursive: true });
    for (const [index, file] of files.entries()) {
      const before = new Set(listCosts(folder));
      file.write(LEARNT);
      const [path = ""] = listCosts(folder).filter((path) => !before.has(path));
      // File systems keep times of different precision.
      await Deno.utime(path, index, index);
    }
    assertEquals(listCosts(folder).length, 64);
    const isKept = await Promise.all(
      files.map(async (file) => await file.read(2) !== null),
    );
    assertEquals(isKept, keys.map(({ device }) => device >= 6));
    // What is written again is no longer the oldest.
    files[6]?.write(LEARNT);
    files[0]?.write(LEARNT);
    assertEquals(await files[6]?.read(2), LEARNT);
    assertEquals(await files[7]?.read(2), null);
  });
  await Deno.remove(folder, { recursive: true });
});

Deno.test("openPolicyFile() keeps nothing, and says nothing, where it cannot", async () => {
  const folder = await Deno.makeTempDir();
  const taken = `${folder}/taken`;
  await Deno.writeTextFile(taken, "a file where a folder would have to be");
  await withCache(taken, async () => {
    const file = await openPolicyFile({ device: "a" });
    file.write(LEARNT);
    assertEquals(await file.read(2), null);
  });
  await Deno.remove(folder, { recursive: true });
});

Deno.test("loadWays() says whether trees are chosen from what was kept", async () => {
  const folder = await Deno.makeTempDir();
  const origins = async (): Promise<readonly string[]> => {
    using loaded = await loadWays(STORIES, {
      contextLength: 64,
      ways: [{ draft: "none" }, { tree: { numNodes: 4 } }, { tree: "auto" }],
    });
    return loaded.ways.map(({ policyOrigin }) => policyOrigin);
  };
  await withCache(folder, async () => {
    assertEquals(await origins(), ["fixed", "fixed", "measured"]);
    assertEquals(await origins(), ["fixed", "fixed", "kept"]);
  });
  await Deno.remove(folder, { recursive: true });
});

Deno.test("openPolicyFile() asks for no permission", async () => {
  const module = new URL("../../src/decode/policy_file.ts", import.meta.url);
  const source = `
    import { openPolicyFile } from ${JSON.stringify(module.href)};
    const file = await openPolicyFile({ device: "a" });
    file.write(${JSON.stringify(LEARNT)});
    console.log(await file.read(2));`;
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/script.ts`, source);
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", `--config=${config}`, `${folder}/script.ts`],
    stdin: "null",
  }).output();
  assertEquals([code, new TextDecoder().decode(stdout)], [0, "null\n"]);
  await Deno.remove(folder, { recursive: true });
});
