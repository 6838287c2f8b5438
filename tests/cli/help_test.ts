import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { commandHelp, programHelp } from "../../src/cli/help.ts";
import { COMMANDS } from "../../src/cli/command_table.ts";
import { optionFlag, OPTIONS } from "../../src/cli/option_table.ts";
import { VERSION } from "../../src/cli/version.ts";

function readText(path: string): Promise<string> {
  return Deno.readTextFile(new URL(`../../${path}`, import.meta.url));
}

Deno.test("programHelp() names every command", () => {
  for (const { name, summary } of COMMANDS) {
    assertStringIncludes(programHelp(), `  ${name}`);
    assertStringIncludes(programHelp(), summary);
  }
});

Deno.test("cli.ts and README.md name every command, and no other", async () => {
  const names = COMMANDS.map(({ name }) => name);
  const cli = await readText("cli.ts");
  const [comment = ""] = cli.split("*/");
  assertEquals(
    [...comment.matchAll(/`(.+?)`/g)].map(([, name]) => name),
    names,
  );
  const rows = (await readText("README.md")).matchAll(/^\| `.\/jakiro (\w+)/gm);
  assertEquals(
    [...rows].map(([, name]) => name ?? "").sort(),
    names.toSorted(),
  );
});

Deno.test("commandHelp() shows exactly the command's options", () => {
  for (const command of COMMANDS) {
    const shown = [...commandHelp(command).matchAll(/^ {2}(--[a-z0-9-]+)/gm)]
      .map(([, flag]) => flag);
    const taken = command.options.filter((name) => OPTIONS[name].help !== null);
    assertEquals(shown, taken.map(optionFlag));
  }
});

Deno.test("help fits a terminal of 80 columns", () => {
  for (const help of [programHelp(), ...COMMANDS.map(commandHelp)]) {
    assert(help.split("\n").every((line) => line.length <= 80));
    assert(help.endsWith("\n") && !help.endsWith("\n\n"));
  }
});

Deno.test("VERSION is that of deno.json", async () => {
  assertEquals(JSON.parse(await readText("deno.json")).version, VERSION);
});
