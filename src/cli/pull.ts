import { cachedOperand } from "./cached_operand.ts";
import { ProgressBar } from "@std/cli/unstable-progress-bar";
import { type PullProgress, resolveModel } from "../checkpoint/mod.ts";
import { onInterrupt } from "./on_interrupt.ts";
import type { OptionValues } from "./option_table.ts";
import { STATUS } from "./report_error.ts";
import { withoutControls, writeRemark, writeText } from "./output.ts";

const REFRESH_MS = 100;

/**
 * Brings a model into the cache, and prints where it is. Ctrl-C leaves what has come to be gone on with.
 *
 * @param values What the command line sets.
 * @param operands The model.
 * @returns The exit status.
 * @throws {UsageError} If not exactly one model is named.
 */
export async function runPull(
  values: OptionValues,
  operands: readonly string[],
): Promise<number> {
  const source = cachedOperand(operands, "pull");
  const { quiet = false } = values;
  const controller = new AbortController();
  const { signal } = controller;
  const bar = Deno.stderr.isTerminal() && !quiet ? new PullBar() : null;
  using _ = onInterrupt(() => controller.abort());
  try {
    const path = await resolveModel(source, {
      signal,
      onProgress: (progress) => bar?.show(progress),
      onRemark: (text) => quiet || writeRemark(`${text}\n`),
    });
    await bar?.stop();
    writeText(`${path}\n`);
    return STATUS.ok;
  } catch (error) {
    await bar?.stop();
    if (!signal.aborted || error !== signal.reason) throw error;
    writeRemark("stopped; the same command goes on\n");
    return STATUS.interrupted;
  }
}

/** A progress bar for the file that is being fetched. */
class PullBar {
  #file = "";
  readonly #bar = new ProgressBar({
    max: 1,
    barLength: 30,
    clear: true,
    refreshMilliseconds: REFRESH_MS,
    formatter: ({ progressBar, styledData }) =>
      `[${progressBar}] ${styledData(1)} ${withoutControls(this.#file)}`,
  });

  show({ file, done, total }: PullProgress): void {
    this.#file = file;
    this.#bar.value = done;
    this.#bar.max = total;
  }

  stop(): Promise<void> {
    return this.#bar.stop();
  }
}
