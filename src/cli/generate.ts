import type { DrafterKind, GenerateStatistics } from "../decode/mod.ts";
import { ask } from "../chat/question.ts";
import { DraftedText } from "../chat/drafted_text.ts";
import { draftWriter, showsDrafts } from "./show_drafts.ts";
import { forwardChunks } from "../chat/forward_chunks.ts";
import { generateOptions, type OptionValues } from "./option_table.ts";
import { writeRemark, writeText } from "./output.ts";
import { loadForCommand } from "./load_for_command.ts";
import { onInterrupt } from "./on_interrupt.ts";
import { readPrompt, toQuestion } from "./read_prompt.ts";
import { STATUS } from "./report_error.ts";

/** What figures of a generation need besides its statistics. */
export interface LoadedFigures {
  /** How long loading took, in milliseconds. */
  readonly loadMs: number;
  /** How much of that compiling the kernels took. */
  readonly compileMs: number;
  /** Kind of drafter at work, or null. */
  readonly drafter: DrafterKind | null;
}

/**
 * Continues a text, or answers it where the model has a chat template, on standard output.
 *
 * @param values What the command line sets.
 * @param operands The prompt, or nothing.
 * @returns The exit status.
 */
export async function runGenerate(
  values: OptionValues,
  operands: readonly string[],
): Promise<number> {
  const prompt = await readPrompt(values, operands);
  const { model: loaded, loadMs } = await loadForCommand(values);
  using model = loaded;
  const controller = new AbortController();
  using _ = onInterrupt(() => {
    // Whoever asks twice does not want to wait for the device.
    if (controller.signal.aborted) Deno.exit(STATUS.interrupted);
    controller.abort();
  });
  const { json = false, quiet = false } = values;
  const question = toQuestion(model, prompt, values);
  const isShown = showsDrafts(model, values);
  const statistics = await forwardChunks(
    ask(model, question, {
      ...generateOptions(values),
      signal: controller.signal,
    }),
    json ? () => {} : draftWriter(isShown),
    { drafted: isShown ? new DraftedText(model, question) : null },
  );
  const { drafter, compileMs } = model;
  const figures = { loadMs, compileMs, drafter };
  writeText(json ? `${toJson(statistics, figures)}\n` : "\n");
  if (!quiet) writeRemark(`${summarize(statistics, figures)}\n`);
  return statistics.stop === "abort" ? STATUS.interrupted : STATUS.ok;
}

/**
 * Puts a generation into one JSON object.
 *
 * @param statistics What the generation did.
 * @param figures What loading took, and gave.
 * @returns The object as text, on one line.
 */
export function toJson(
  statistics: GenerateStatistics,
  { loadMs, compileMs, drafter }: LoadedFigures,
): string {
  const { text, tokens, stop, roundMs, idleShare } = statistics;
  return JSON.stringify({
    text,
    tokens,
    stop,
    stats: {
      promptTokens: statistics.promptTokens,
      generatedTokens: statistics.generatedTokens,
      rounds: statistics.rounds,
      tokensPerRound: round(statistics.tokensPerRound),
      prefillMs: round(statistics.prefillMs),
      decodeMs: round(statistics.decodeMs),
      tokensPerSecond: round(statistics.tokensPerSecond),
      loadMs: round(loadMs),
      compileMs: round(compileMs),
      seed: statistics.seed,
      cachedTokens: statistics.cachedTokens,
      acceptedPerDepth: statistics.acceptedPerDepth,
      roundMs: roundMs && {
        verify: round(roundMs.verify),
        accept: round(roundMs.accept),
        draft: round(roundMs.draft),
      },
      idleShare: idleShare && round(idleShare),
    },
    drafter,
  });
}

/**
 * Puts a generation's figures into one line.
 *
 * @param statistics What the generation did.
 * @param figures What loading took, and gave.
 * @returns The line, without its end.
 */
export function summarize(
  statistics: GenerateStatistics,
  { loadMs, compileMs, drafter }: LoadedFigures,
): string {
  const { generatedTokens, tokensPerSecond, tokensPerRound } = statistics;
  const { prefillMs, stop } = statistics;
  return [
    `${generatedTokens} ${generatedTokens === 1 ? "token" : "tokens"}`,
    `${tokensPerSecond.toFixed(1)} tokens/s`,
    ...drafter === null ? [] : [`${tokensPerRound.toFixed(2)} tokens/round`],
    `first token after ${prefillMs.toFixed(0)} ms`,
    `loaded in ${loadMs.toFixed(0)} ms (compiling ${compileMs.toFixed(0)} ms)`,
    `ended by ${stop}`,
  ].join(", ");
}

/** Keeps three decimals: clocks give no more. */
function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
