import { assertEquals } from "@std/assert";
import { programHelp } from "../../src/cli/help.ts";

const ROOT = new URL("../../", import.meta.url);

async function run(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const output = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: ROOT,
    env: { ...env, NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const [stdout = "", stderr = ""] = [output.stdout, output.stderr]
    .map((bytes) => new TextDecoder().decode(bytes));
  return { stdout, stderr };
}

/** What `deno info` says. */
async function info(
  ...args: readonly string[]
): Promise<Record<string, unknown>> {
  return JSON.parse((await run(["info", "--json", ...args])).stdout);
}

/** The npm modules that importing a module leads to, at once or later. */
async function npmModules(entry: string): Promise<readonly string[]> {
  const { modules } = await info(entry);
  const specifiers = Object.values(Object(modules))
    .map((found): unknown => Reflect.get(Object(found), "specifier"));
  return specifiers.map(String).filter((name) => name.startsWith("npm:"));
}

/** Makes a cache that has all packages of this process's but some. */
async function createCache(missing: readonly string[]): Promise<string> {
  const { npmCache } = await info();
  const folder = await Deno.makeTempDir();
  for await (const registry of Deno.readDir(String(npmCache))) {
    const path = `npm/${registry.name}`;
    await Deno.mkdir(`${folder}/${path}`, { recursive: true });
    for await (const { name } of Deno.readDir(`${npmCache}/${registry.name}`)) {
      if (missing.includes(name)) continue;
      const source = `${npmCache}/${registry.name}/${name}`;
      await Deno.symlink(source, `${folder}/${path}/${name}`);
    }
  }
  return folder;
}

Deno.test("cli.ts fetches none of the packages that only tests need", async () => {
  const folder = await createCache(["openai", "playwright-core"]);
  const args = ["run", "--no-prompt", "--allow-read", "cli.ts", "--help"];
  const { stdout, stderr } = await run(args, { DENO_DIR: folder });
  assertEquals(stdout, programHelp());
  // Deno names what it fetches, or fails to.
  assertEquals(stderr, "");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("mod.ts asks for no package that only training, the service or tests need", async () => {
  const others = ["@jax-js/jax", "openai", "playwright-core", "prom-client"];
  const asked = async (entry: string): Promise<readonly string[]> => {
    const modules = await npmModules(entry);
    return others.filter((name) =>
      modules.some((specifier) => specifier.includes(`/${name}@`))
    );
  };
  assertEquals(await asked("mod.ts"), []);
  assertEquals(await asked("train.ts"), ["@jax-js/jax"]);
  assertEquals(await asked("serve.ts"), ["prom-client"]);
});
