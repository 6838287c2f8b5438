import { assertEquals, assertMatch } from "@std/assert";
import { commandHelp, programHelp } from "../../src/cli/help.ts";
import { COMMANDS } from "../../src/cli/command_table.ts";
import { runCli } from "./_run_cli.ts";
import { VERSION } from "../../src/cli/version.ts";

Deno.test("main() prints help and version on standard output", async () => {
  const [generate] = COMMANDS;
  const generateHelp = generate === undefined ? "" : commandHelp(generate);
  const cases: [string[], string][] = [
    [[], programHelp()],
    [["--help"], programHelp()],
    [["help", "generate"], generateHelp],
    [["generate", "--model=x", "--help"], generateHelp],
    [["--version"], `jakiro ${VERSION}\n`],
  ];
  for (const [args, stdout] of cases) {
    assertEquals(await runCli(args), { status: 0, stdout, stderr: "" });
  }
});

Deno.test("main() ends with status 2 and one line where it is misused", async () => {
  const cases: [string[], string][] = [
    [
      ["frob"],
      'Cannot run "frob" as the command must be generate, chat, tree, train, serve, bench, inspect, pull, list, rm, doctor: see jakiro --help',
    ],
    [
      ["generate", "--seed", "-1", "x"],
      'Cannot set --seed as it must be an integer in [0, 4294967295]: found "-1"',
    ],
    [
      ["generate"],
      'Cannot read PROMPT as it, "-" (standard input) or --prompt-ids must be given: found none',
    ],
    [
      ["doctor", "now"],
      'Cannot run doctor as it must have options alone: found "now"',
    ],
  ];
  for (const [args, message] of cases) {
    assertEquals(await runCli(args), {
      status: 2,
      stdout: "",
      stderr: `jakiro: ${message}\n`,
    });
  }
});

Deno.test("main() ends with status 1 and one line after another error", async () => {
  const args = ["generate", "--model", "/nonexistent", "x"];
  const line =
    'jakiro: Cannot open "/nonexistent" as it must exist: found nothing there\n';
  assertEquals(await runCli(args), { status: 1, stdout: "", stderr: line });
  const { status, stderr } = await runCli([...args, "--debug"]);
  assertEquals(status, 1);
  assertMatch(stderr, /^jakiro: .*\n(?:.*\n)* +at /);
});

Deno.test("main() ends with status 1 where there is no adapter", async () => {
  const env = {
    DENO_WEBGPU_BACKEND: "vulkan",
    VK_DRIVER_FILES: "/nonexistent",
    VK_ICD_FILENAMES: "/nonexistent",
  };
  const doctor = await runCli(["doctor", "--json"], { env });
  assertEquals(doctor.status, 1);
  assertEquals(JSON.parse(doctor.stdout).isUsable, false);
  const inspect = await runCli(["inspect", "--json"], { env });
  assertEquals(inspect.status, 0);
  assertMatch(JSON.parse(inspect.stdout).device.error, /must have an adapter/);
  const generate = await runCli(["generate", "x"], { env });
  assertEquals([generate.status, generate.stdout], [1, ""]);
  assertMatch(generate.stderr, /^jakiro: .*must have an adapter.*\n$/);
});
