import {
  optionFlag,
  type OptionName,
  OPTIONS,
  type OptionValues,
} from "./option_table.ts";
import type { OptionSpec } from "./option_spec.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Reads options of a command from variables of the environment: `--max-queue` is `JAKIRO_MAX_QUEUE`. Commas separate the
 * values of an option that may be repeated, and `1` sets one that takes no value.
 *
 * @param names The options.
 * @param read Gives a variable's value.
 * @returns What is set; a variable that is empty sets nothing.
 * @throws {UsageError} A value breaks its option's rule.
 */
export function environmentValues(
  names: readonly OptionName[],
  read: (variable: string) => string | undefined,
): OptionValues {
  return Object.fromEntries(names.flatMap((name) => {
    const variable = variableOf(name);
    const given = read(variable) ?? "";
    return given === "" ? [] : [[name, readValue(name, variable, given)]];
  }));
}

/** Name of the variable that sets an option. */
export function variableOf(name: OptionName): string {
  const words = optionFlag(name).slice(2).replaceAll("-", "_");
  return `JAKIRO_${words.toUpperCase()}`;
}

function readValue(name: OptionName, variable: string, given: string): unknown {
  const { kind }: OptionSpec<unknown> = OPTIONS[name];
  const isFlag = kind.valueName === null;
  const value = isFlag
    ? kind.read([given === "1" ? "" : given])
    : kind.read(kind.isRepeatable ? given.split(",") : [given]);
  if (value !== undefined) return value;
  throw new UsageError(
    `Cannot set ${variable} as it must be ${
      isFlag ? "1, or not set" : kind.rule
    }: found ${JSON.stringify(given)}`,
  );
}
