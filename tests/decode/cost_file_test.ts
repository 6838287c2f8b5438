import { assertEquals } from "@std/assert";
import { openCostFile } from "../../src/decode/cost_file.ts";

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

Deno.test("openCostFile() keeps costs of each key, and gives none that are not what was asked for", async () => {
  const folder = await Deno.makeTempDir();
  await withCache(folder, async () => {
    const file = await openCostFile({ device: "a", trees: [1, 2] });
    assertEquals(await file.read(3), null);
    await file.write([1, 2.5, 3]);
    await (await openCostFile({ device: "b" })).write([7]);
    const again = await openCostFile({ device: "a", trees: [1, 2] });
    assertEquals(await again.read(3), [1, 2.5, 3]);
    assertEquals(await again.read(2), null);
    const paths = await filesBelow(folder);
    assertEquals(paths.length, 2);
    const broken = [
      "",
      "{",
      "null",
      '{"costs":"1"}',
      '{"costs":[1,2,null]}',
      '{"costs":[1,2,-1]}',
      "[1,2,3]",
    ];
    for (const text of broken) {
      for (const path of paths) await Deno.writeTextFile(path, text);
      assertEquals(await again.read(3), null, text);
    }
  });
  await Deno.remove(folder, { recursive: true });
});

Deno.test("openCostFile() keeps nothing, and says nothing, where it cannot", async () => {
  const folder = await Deno.makeTempDir();
  const taken = `${folder}/taken`;
  await Deno.writeTextFile(taken, "a file where a folder would have to be");
  await withCache(taken, async () => {
    const file = await openCostFile({ device: "a" });
    await file.write([1]);
    assertEquals(await file.read(1), null);
  });
  await Deno.remove(folder, { recursive: true });
});

Deno.test("openCostFile() asks for no permission", async () => {
  const module = new URL("../../src/decode/cost_file.ts", import.meta.url);
  const source = `
    import { openCostFile } from ${JSON.stringify(module.href)};
    const file = await openCostFile({ device: "a" });
    await file.write([1]);
    console.log(await file.read(1));`;
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
