import { isPulled } from "../checkpoint/mod.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Takes the one model that a command line names.
 *
 * @param operands What follows its options.
 * @param action What is to be done with it, as messages say it.
 * @returns The model's name.
 * @throws {UsageError} If there is not exactly one, or it is none that a cache holds.
 */
export function cachedOperand(
  operands: readonly string[],
  action: string,
): string {
  const [name = "nothing", ...others] = operands;
  if (operands.length === 1 && isPulled(name)) return name;
  throw new UsageError(
    `Cannot ${action} as one model must be named, hf:org/name[@revision][:file] or the https: address of a .gguf file: found ${
      others.length > 0 ? `${operands.length} names` : JSON.stringify(name)
    }`,
  );
}
