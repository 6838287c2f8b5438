import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { delimiter, dirname } from "node:path";

const ROOT = new URL("../../", import.meta.url);

/** The commands of the document that make one file. */
async function recipe(): Promise<string> {
  const text = await Deno.readTextFile(new URL("docs/hosting.md", ROOT));
  return /^## One file\n\n```sh\n(.*?)^DENO_WEBGPU_BACKEND/ms.exec(text)?.[1] ??
    "";
}

Deno.test("docs/hosting.md says how one file is made that has all that serve needs", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const commands = (await recipe())
      .replace("deno compile", "deno compile --no-check")
      .replace("--output jakiro-serve", `--output ${folder}/jakiro-serve`);
    const path = [dirname(Deno.execPath()), Deno.env.get("PATH")];
    const { success, stderr } = await new Deno.Command("sh", {
      args: ["-ec", commands],
      cwd: ROOT,
      // In the place of the runtime, which is downloaded: any executable can be put before the program.
      env: {
        PATH: path.join(delimiter),
        DENORT_BIN: Deno.execPath(),
        NO_COLOR: "1",
      },
    }).output();
    const output = new TextDecoder().decode(stderr);
    assert(success, output);
    for (
      const name of [
        ...["worker.ts", "worker_calls.ts", "page_files.ts"],
        ...["weights/chat/*", "kernels/*", "page/*"],
        ...["@mlc-ai/web-xgrammar", "prom-client"],
      ]
    ) assertStringIncludes(output, name);
    // What only tests and training need is not in it.
    for (const name of ["playwright-core", "openai", "ajv", "stories260k"]) {
      assertEquals(output.includes(name), false, name);
    }
    const { size } = await Deno.stat(`${folder}/jakiro-serve`);
    assert(size > (await Deno.stat(Deno.execPath())).size + 9e6);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("docs/hosting.md includes all that is found at run time by where a module is", async () => {
  const commands = await recipe();
  const found: string[] = [];
  async function visit(folder: URL): Promise<void> {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (isDirectory) await visit(new URL(`${name}/`, folder));
      else if (name.endsWith(".ts")) await read(new URL(name, folder));
    }
  }
  async function read(url: URL): Promise<void> {
    const text = await Deno.readTextFile(url);
    const places = /new URL\(\s*"([^"]+)",\s*import\.meta\.url/g;
    for (const [, place = ""] of text.matchAll(places)) {
      found.push(new URL(place, url).href.slice(ROOT.href.length));
    }
    assertEquals(
      text.match(/import\.meta\.(?:url|dirname|filename|resolve)/g)?.length ??
        0,
      [...text.matchAll(places)].length,
      url.href,
    );
  }
  await visit(new URL("src/", ROOT));
  assertEquals(found.toSorted(), ["src/server/worker.ts", "weights/chat/"]);
  for (const place of found) {
    assertStringIncludes(commands, `--include ${place.replace(/\/$/, "")}`);
  }
});
