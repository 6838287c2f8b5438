import type { Command } from "./command.ts";
import { COMMANDS } from "./command_table.ts";
import { optionFlag, OPTIONS } from "./option_table.ts";
import type { OptionSpec } from "./option_spec.ts";

const WIDTH = 80;

/** Help for the program as a whole. */
export function programHelp(): string {
  return [
    "jakiro runs Llama-family language models on Deno's WebGPU",
    "",
    "Usage: jakiro COMMAND [OPTION]...",
    "",
    ...table(COMMANDS.map(({ name, summary }) => [name, summary])),
    "",
    "jakiro COMMAND --help lists a command's options; jakiro --version says the",
    "version. The exit status is 0, 1 after an error, 2 where the command line",
    "cannot be followed, and 130 after Ctrl-C.",
    "",
  ].join("\n");
}

/** Help for one command. */
export function commandHelp(command: Command): string {
  const usage = [command.name, "[OPTION]...", command.operands];
  return [
    `jakiro ${command.name} ${command.summary}`,
    "",
    `Usage: jakiro ${usage.filter((part) => part !== "").join(" ")}`,
    ...command.notes.flatMap((note) => ["", ...wrap(note, WIDTH)]),
    "",
    ...table(optionRows(command)),
    "",
  ].join("\n");
}

function optionRows(command: Command): [string, string][] {
  return command.options.flatMap((name): [string, string][] => {
    const { kind, help }: OptionSpec<unknown> = OPTIONS[name];
    if (help === null) return [];
    const value = kind.valueName === null ? "" : ` ${kind.valueName}`;
    return [[`${optionFlag(name)}${value}`, help]];
  });
}

/** Lays rows out in two columns, the second wrapped. */
function table(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length)) + 4;
  return rows.flatMap(([left, right]) =>
    wrap(right, WIDTH - width).map((line, index) =>
      `${(index === 0 ? `  ${left}` : "").padEnd(width)}${line}`
    )
  );
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const isFull = line !== "" && line.length + 1 + word.length > width;
    if (isFull) lines.push(line);
    line = isFull || line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
