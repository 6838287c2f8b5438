import {
  optionFlag,
  type OptionName,
  OPTIONS,
  type OptionValues,
} from "./option_table.ts";
import type { OptionSpec } from "./option_spec.ts";
import { UsageError } from "./usage_error.ts";

/** A command line, read. */
export interface ParsedOptions {
  /** Values of the options given. */
  readonly values: OptionValues;
  /** The other arguments. */
  readonly operands: readonly string[];
}

/**
 * Reads the arguments of a command: `--name value` or `--name=value`, in any order with operands; all is
 * operand after `--`. A value that begins with `--` needs the second form.
 *
 * @param args Arguments after the command.
 * @param command The command, as help names it, and the options that it takes.
 * @returns Values and operands.
 * @throws {UsageError} If an option is unknown, lacks its value or has one that breaks its rule.
 */
export function parseOptions(
  args: readonly string[],
  command: { readonly name: string; readonly options: readonly OptionName[] },
): ParsedOptions {
  const given = new Map<OptionName, readonly string[]>();
  const values = new Map<OptionName, unknown>();
  const operands: string[] = [];
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === "--") {
      operands.push(...rest.splice(0));
    } else if (arg === "-" || !arg.startsWith("-")) {
      operands.push(arg);
    } else {
      const name = findOption(arg, command);
      const all = [...given.get(name) ?? [], takeValue(name, arg, rest)];
      given.set(name, all);
      values.set(name, readOption(name, all));
    }
  }
  return { values: Object.fromEntries(values), operands };
}

/**
 * Reads the value of one option.
 *
 * @param name The option.
 * @param given What was given for it, in order.
 * @returns The value.
 * @throws {UsageError} If the last breaks the option's rule.
 */
export function readOption(
  name: OptionName,
  given: readonly string[],
): unknown {
  const { kind }: OptionSpec<unknown> = OPTIONS[name];
  const value = kind.read(given);
  if (value !== undefined) return value;
  throw new UsageError(
    `Cannot set ${optionFlag(name)} as it must be ${kind.rule}: found ${
      JSON.stringify(given.at(-1))
    }`,
  );
}

function findOption(
  arg: string,
  command: { readonly name: string; readonly options: readonly OptionName[] },
): OptionName {
  const written = arg === "-h" ? "--help" : arg.replace(/=.*$/s, "");
  const name = command.options.find((name) => optionFlag(name) === written);
  if (name !== undefined) return name;
  throw new UsageError(
    `Cannot parse ${
      JSON.stringify(arg)
    } as it must be an option of ${command.name}: see jakiro ${command.name} --help`,
  );
}

/** Takes an option's value from its own argument or from the next. */
function takeValue(name: OptionName, arg: string, rest: string[]): string {
  const equals = arg.indexOf("=");
  if (equals !== -1) return arg.slice(equals + 1);
  const { kind }: OptionSpec<unknown> = OPTIONS[name];
  if (kind.valueName === null) return "";
  const [next] = rest;
  if (next === undefined || next.startsWith("--")) {
    throw new UsageError(
      `Cannot set ${
        optionFlag(name)
      } as ${kind.valueName} must follow it, ${kind.rule}: found ${
        next === undefined ? "nothing" : JSON.stringify(next)
      }`,
    );
  }
  rest.shift();
  return next;
}
