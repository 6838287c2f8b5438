import type { BenchProgress } from "../bench/mod.ts";
import { LoadBar } from "./load_bar.ts";
import type { LoadProgress } from "../decode/mod.ts";
import { ProgressBar } from "@std/cli/unstable-progress-bar";
import { writeRemark } from "./output.ts";

const REFRESH_MS = 200;

/** Shows on standard error how far a measurement has come: bars on a terminal, else a line as it begins. */
export class BenchView {
  /** Whether generations are being measured. */
  isMeasuring = false;
  readonly #isQuiet: boolean;
  readonly #hasBar: boolean;
  #bar: LoadBar | ProgressBar | null = null;

  /** @param isQuiet Whether to show nothing. */
  constructor(isQuiet: boolean) {
    this.#isQuiet = isQuiet;
    this.#hasBar = !isQuiet && Deno.stderr.isTerminal();
  }

  /** Takes in how far loading has come. */
  load(progress: LoadProgress): void {
    if (!this.#hasBar) return;
    const bar = this.#bar instanceof LoadBar ? this.#bar : new LoadBar();
    this.#bar = bar;
    bar.show(progress);
  }

  /** Takes in how far measuring has come. */
  measure({ done, total }: BenchProgress): void {
    const isFirst = !this.isMeasuring;
    this.isMeasuring = true;
    if (isFirst && !this.#hasBar && !this.#isQuiet) {
      writeRemark(`measuring ${total} texts\n`);
    }
    if (!this.#hasBar) return;
    if (this.#bar instanceof LoadBar) {
      void this.#bar.stop();
      this.#bar = null;
    }
    const bar = this.#bar ?? createBar(total);
    this.#bar = bar;
    bar.value = done;
  }

  /** Removes the bar. */
  async stop(): Promise<void> {
    await this.#bar?.stop();
    this.#bar = null;
  }
}

function createBar(max: number): ProgressBar {
  return new ProgressBar({
    max,
    barLength: 30,
    clear: true,
    refreshMilliseconds: REFRESH_MS,
    formatter: ({ progressBar, value, max }) =>
      `measuring [${progressBar}] ${value}/${max} texts`,
  });
}
