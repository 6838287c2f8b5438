import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { commandHelp, programHelp } from "../../src/cli/help.ts";
import { COMMANDS } from "../../src/cli/command_table.ts";
import { optionFlag, OPTIONS } from "../../src/cli/option_table.ts";
import { VERSION } from "../../src/cli/version.ts";

Deno.test("programHelp() names every command", () => {
  for (const { name, summary } of COMMANDS) {
    assertStringIncludes(programHelp(), `  ${name}`);
    assertStringIncludes(programHelp(), summary);
  }
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
  const file = new URL("../../deno.json", import.meta.url);
  assertEquals(JSON.parse(await Deno.readTextFile(file)).version, VERSION);
});
