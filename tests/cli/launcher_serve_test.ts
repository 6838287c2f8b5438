import { assertEquals, assertStringIncludes } from "@std/assert";
import { delimiter, dirname } from "node:path";

const LAUNCHER = new URL("../../jakiro", import.meta.url).pathname;

/** What the launcher would run Deno with. */
async function flagsOf(args: readonly string[]): Promise<{
  readonly status: number;
  readonly flags: readonly string[];
  readonly stderr: string;
}> {
  const folder = await Deno.makeTempDir();
  try {
    // Says that it is recent, and otherwise what it is given.
    await Deno.writeTextFile(
      `${folder}/deno`,
      '#!/bin/sh\ncase $1 in --version) echo "deno 2.99.0" ;; *) printf "%s\\n" "$@" ;; esac\n',
      { mode: 0o755 },
    );
    const path = [folder, dirname(Deno.execPath()), Deno.env.get("PATH")];
    const { code, stdout, stderr } = await new Deno.Command(LAUNCHER, {
      args: [...args],
      env: { PATH: path.join(delimiter), XDG_CACHE_HOME: folder },
    }).output();
    const text = new TextDecoder().decode(stdout).replaceAll(folder, "CACHE");
    return {
      status: code,
      flags: text.split("\n").filter((flag) => flag.startsWith("--allow")),
      stderr: new TextDecoder().decode(stderr),
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const ALWAYS = [
  "--allow-read",
  "--allow-env=JAKIRO_API_KEYS",
  "--allow-write=CACHE/jakiro/costs",
  "--allow-env=XDG_CACHE_HOME,HOME",
  "--allow-env=LP_NUM_THREADS",
];

Deno.test("jakiro permits serve one address, and no file but what it measures", async () => {
  for (
    const [args, address] of [
      [[], "127.0.0.1:8000"],
      [["--port", "9000"], "127.0.0.1:9000"],
      [["--host=0.0.0.0", "--port=80", "--port", "81"], "0.0.0.0:81"],
      [["--host", "::1"], "[::1]:8000"],
      // The program says what is wrong with these, where Deno would end.
      [["--port", "65536"], "127.0.0.1:8000"],
      [["--port=-1"], "127.0.0.1:8000"],
      [["--port", "99999999999999999999"], "127.0.0.1:8000"],
      [["--port", "x", "--host=0.0.0.0"], "127.0.0.1:8000"],
      [["--host", "a/b", "--port=9000"], "127.0.0.1:8000"],
      [["--host=a b"], "127.0.0.1:8000"],
    ] as const
  ) {
    const { flags } = await flagsOf(["serve", ...args]);
    assertEquals(
      flags.toSorted(),
      [...ALWAYS, `--allow-net=${address}`].sort(),
    );
  }
});

Deno.test("jakiro refuses to serve at what Deno would take for several addresses", async () => {
  const { status, stderr } = await flagsOf(["serve", "--host", "a,b"]);
  assertEquals(status, 2);
  assertStringIncludes(stderr, 'found "a,b"');
});
