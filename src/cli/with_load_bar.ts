import { LoadBar } from "./load_bar.ts";
import type { LoadOptions } from "../decode/mod.ts";
import type { OptionValues } from "./option_table.ts";
import { writeRemark } from "./output.ts";

/** What is told as loading goes on. */
export type LoadReports = Pick<LoadOptions, "onProgress" | "onRemark">;

/**
 * Loads something, showing progress where standard error is a terminal, and remarks, unless nothing is to be printed.
 *
 * @param values What the command line sets.
 * @param load Loads it.
 * @returns What was loaded.
 */
export async function withLoadBar<T>(
  values: OptionValues,
  load: (reports: LoadReports) => Promise<T>,
): Promise<T> {
  const bar = Deno.stderr.isTerminal() && !values.quiet ? new LoadBar() : null;
  try {
    return await load({
      ...bar === null ? {} : { onProgress: (progress) => bar.show(progress) },
      ...values.quiet ? {} : { onRemark: (text) => writeRemark(`${text}\n`) },
    });
  } finally {
    await bar?.stop();
  }
}
