import type { OptionKind } from "./option_kinds.ts";

/** One option. */
export interface OptionSpec<T> {
  /** How its value is read. */
  readonly kind: OptionKind<T>;
  /** Its line of help, or null to hide it. */
  readonly help: string | null;
  /** What it is called, in code's manner, where a command has an option of that name for itself. Default: its key. */
  readonly flag?: string;
}

/**
 * Describes an option.
 *
 * @param kind How its value is read.
 * @param help Its line of help, or null to hide it.
 * @param facts What it is called, where that is not its key.
 * @returns The option.
 */
export function option<T>(
  kind: OptionKind<T>,
  help: string | null,
  facts: Pick<OptionSpec<T>, "flag"> = {},
): OptionSpec<T> {
  return { kind, help, ...facts };
}
