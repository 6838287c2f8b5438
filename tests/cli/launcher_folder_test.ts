import { assertEquals } from "@std/assert";
import { delimiter } from "node:path";

const LAUNCHER = new URL("../../jakiro", import.meta.url).pathname;

/** Runs the launcher with a Deno that only says what its runtime folder is. */
async function runtimeFolder(
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  await Deno.mkdir(`${folder}/bin`);
  await Deno.writeTextFile(
    `${folder}/bin/deno`,
    '#!/bin/sh\ncase $1 in --version) echo "deno 2.99.0" ;; *) echo "$XDG_RUNTIME_DIR" ;; esac\n',
    { mode: 0o755 },
  );
  const path = [`${folder}/bin`, Deno.env.get("PATH")].join(delimiter);
  const { stdout, stderr } = await new Deno.Command(LAUNCHER, {
    args: ["--version"],
    env: { XDG_RUNTIME_DIR: `${folder}/none`, ...env, PATH: path },
  }).output();
  const [out = "", err = ""] = [stdout, stderr]
    .map((bytes) => new TextDecoder().decode(bytes));
  return { stdout: out.trim().replaceAll(folder, "DIR"), stderr: err };
}

for (
  const [name, cache, expected] of [
    ["makes a runtime folder where there is none", "cache", "cache/jakiro/run"],
    // A file, in which nobody can make a folder.
    ["runs, and says nothing, where it can make none", "bin/deno", "tmp"],
  ] as const
) {
  Deno.test(`jakiro ${name}`, async () => {
    const folder = await Deno.makeTempDir();
    const env = {
      XDG_CACHE_HOME: `${folder}/${cache}`,
      TMPDIR: `${folder}/tmp`,
    };
    assertEquals(await runtimeFolder(folder, env), {
      stdout: `DIR/${expected}`,
      stderr: "",
    });
    await Deno.remove(folder, { recursive: true });
  });
}
