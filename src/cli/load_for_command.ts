import { DEFAULT_MODEL, loadModel, type Model } from "../decode/mod.ts";
import {
  loadOptions,
  optionFlag,
  type OptionName,
  type OptionValues,
} from "./option_table.ts";
import { withLoadBar } from "./with_load_bar.ts";
import { writeRemark } from "./output.ts";

/** Options that do nothing without a drafter. */
const DRAFTER_OPTIONS = [
  "draftVocab",
  "tree",
  "treeDepth",
  "treeTopK",
  "showDrafts",
] as const satisfies readonly OptionName[];

/** A loaded model, and how long that took. */
export interface LoadedForCommand {
  /** The model, to be disposed of by the caller. */
  readonly model: Model;
  /** Milliseconds from the first file to the last kernel, {@linkcode Model.compileMs} included. */
  readonly loadMs: number;
}

/**
 * Loads the model that a command line names, or the one that comes with the program, showing progress where
 * standard error is a terminal.
 *
 * @param values What the command line sets.
 * @returns The model.
 */
export async function loadForCommand(
  values: OptionValues,
): Promise<LoadedForCommand> {
  const startMs = performance.now();
  const model = await withLoadBar(
    values,
    (reports) =>
      loadModel(values.model ?? DEFAULT_MODEL, {
        ...loadOptions(values),
        ...reports,
      }),
  );
  const loadMs = performance.now() - startMs;
  if (!values.quiet && model.drafter === null) remarkUnused(values);
  return { model, loadMs };
}

function remarkUnused(values: OptionValues): void {
  for (const name of DRAFTER_OPTIONS) {
    if (values[name] === undefined) continue;
    writeRemark(`${optionFlag(name)} does nothing as there is no drafter\n`);
  }
}
