import type { OptionName, OptionValues } from "./option_table.ts";

/** What a command is, for help and for parsing. */
export interface Command {
  /** As written after `jakiro`. */
  readonly name: string;
  /** What it does, in a few words. */
  readonly summary: string;
  /** What follows its options; empty where nothing does. */
  readonly operands: string;
  /** Paragraphs of its help. */
  readonly notes: readonly string[];
  /** Options that it takes. */
  readonly options: readonly OptionName[];
  /** Runs it and gives the exit status. Its code is loaded only then: `doctor` must run where the rest cannot. */
  readonly run: (
    values: OptionValues,
    operands: readonly string[],
  ) => Promise<number>;
}
