/** What a tool's command line must keep. @module */

import { UsageError } from "../src/cli/usage_error.ts";

/**
 * Refuses what no option is named after: `unknown` of `parseArgs`.
 *
 * @throws {UsageError} Always.
 */
export function refuseOption(argument: string): never {
  throw new UsageError(
    `Cannot start as there must be options that the tool has, alone: found ${
      JSON.stringify(argument)
    }`,
  );
}

/**
 * Reads an option that must be given.
 *
 * @param name The option.
 * @param text What was given.
 * @throws {UsageError} Nothing was.
 */
export function readText(name: string, text: string | undefined): string {
  if (text) return text;
  throw new UsageError(`Cannot start as --${name} must be given: found none`);
}

/**
 * Reads an option that is a number above 0.
 *
 * @param name The option.
 * @param text What was given.
 * @returns The number; null where nothing was given.
 * @throws {UsageError} It is no such number.
 */
export function readNumber(
  name: string,
  text: string | undefined,
): number | null {
  if (text === undefined) return null;
  const number = text.trim() === "" ? NaN : Number(text);
  if (number > 0 && number < Infinity) return number;
  throw new UsageError(
    `Cannot start as --${name} must be a number above 0: found ${
      JSON.stringify(text)
    }`,
  );
}

/**
 * Reads an option that is an integer above 0.
 *
 * @param name The option.
 * @param text What was given.
 * @returns The number; null where nothing was given.
 * @throws {UsageError} It is no such number.
 */
export function readInteger(
  name: string,
  text: string | undefined,
): number | null {
  const number = readNumber(name, text);
  if (number === null || Number.isSafeInteger(number)) return number;
  throw new UsageError(
    `Cannot start as --${name} must be an integer: found ${number}`,
  );
}
