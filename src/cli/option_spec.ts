import type { OptionKind } from "./option_kinds.ts";

/** One option. */
export interface OptionSpec<T> {
  /** How its value is read. */
  readonly kind: OptionKind<T>;
  /** Its line of help, or null to hide it. */
  readonly help: string | null;
}

/**
 * Describes an option.
 *
 * @param kind How its value is read.
 * @param help Its line of help, or null to hide it.
 * @returns The option.
 */
export function option<T>(
  kind: OptionKind<T>,
  help: string | null,
): OptionSpec<T> {
  return { kind, help };
}
