import type { Command } from "./command.ts";
import { COMMANDS } from "./command_table.ts";
import { commandHelp, programHelp } from "./help.ts";
import { parseOptions } from "./parse_options.ts";
import { reportError, STATUS } from "./report_error.ts";
import { UsageError } from "./usage_error.ts";
import { VERSION } from "./version.ts";
import { writeText } from "./output.ts";

/**
 * Runs the program. Errors end as one line on standard error.
 *
 * @param args Arguments of the command line.
 * @returns The exit status: 0, 1 after an error, 2 where the command line cannot be followed, 130 after Ctrl-C.
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    return await runProgram(args);
  } catch (error) {
    return reportError(error, args.includes("--debug"));
  }
}

async function runProgram(args: readonly string[]): Promise<number> {
  const [first = "--help", ...rest] = args;
  if (first === "--version") {
    writeText(`jakiro ${VERSION}\n`);
    return STATUS.ok;
  }
  if (first === "help" && rest[0] !== undefined) {
    return await runCommand(findCommand(rest[0]), ["--help"]);
  }
  if (["help", "--help", "-h"].includes(first)) {
    writeText(programHelp());
    return STATUS.ok;
  }
  return await runCommand(findCommand(first), rest);
}

function findCommand(name: string): Command {
  const command = COMMANDS.find((command) => command.name === name);
  if (command !== undefined) return command;
  throw new UsageError(
    `Cannot run ${JSON.stringify(name)} as the command must be ${
      COMMANDS.map((command) => command.name).join(", ")
    }: see jakiro --help`,
  );
}

async function runCommand(
  command: Command,
  args: readonly string[],
): Promise<number> {
  const { values, operands } = parseOptions(args, command);
  if (values.help) {
    writeText(commandHelp(command));
    return STATUS.ok;
  }
  if (command.operands === "" && operands.length > 0) {
    throw new UsageError(
      `Cannot run ${command.name} as it must have options alone: found ${
        JSON.stringify(operands[0])
      }`,
    );
  }
  return await command.run(values, operands);
}
