import type { LoadProgress } from "../decode/mod.ts";
import { ProgressBar } from "@std/cli/unstable-progress-bar";
import { withoutControls } from "./output.ts";

const REFRESH_MS = 100;

/** A progress bar on standard error, removed when loading ends. */
export class LoadBar {
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

  /** Takes in how far loading has come. */
  show(progress: LoadProgress): void {
    this.#progress = progress;
    this.#bar.value = progress.done;
    this.#bar.max = progress.total;
  }

  /** Removes the bar. */
  stop(): Promise<void> {
    return this.#bar.stop();
  }
}
