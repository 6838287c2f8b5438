import { withoutControls, writeRemark } from "./output.ts";
import type { LoadOptions, LoadProgress } from "../decode/mod.ts";
import type { OptionValues } from "./option_table.ts";
import { ProgressBar } from "@std/cli/unstable-progress-bar";

const REFRESH_MS = 100;

/** What tells how loading goes on. */
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

/** A progress bar that is removed when loading ends. */
class LoadBar {
  #progress: LoadProgress = { phase: "upload", done: 0, total: 1 };
  readonly #bar = new ProgressBar({
    max: 1,
    barLength: 30,
    clear: true,
    refreshMilliseconds: REFRESH_MS,
    formatter: ({ progressBar, styledData, value, max }) => {
      const { phase, file } = this.#progress;
      if (phase === "compile") {
        return `compiling [${progressBar}] ${value}/${max} kernels`;
      }
      const size = styledData(1);
      return phase === "upload"
        ? `loading   [${progressBar}] ${size}`
        : `pulling   [${progressBar}] ${size} ${withoutControls(file ?? "")}`;
    },
  });

  show(progress: LoadProgress): void {
    this.#progress = progress;
    this.#bar.value = progress.done;
    this.#bar.max = progress.total;
  }

  stop(): Promise<void> {
    return this.#bar.stop();
  }
}
