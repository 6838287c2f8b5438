import type {
  Chunk,
  GenerateOptions,
  GenerateStatistics,
  Model,
} from "../decode/mod.ts";
import { forwardChunks } from "../chat/forward_chunks.ts";
import { generateOptions, type OptionValues } from "./option_table.ts";
import { writeRemark, writeText } from "./output.ts";
import { loadForCommand } from "./load_for_command.ts";
import { onInterrupt } from "./on_interrupt.ts";
import { type Prompt, readPrompt } from "./read_prompt.ts";
import { STATUS } from "./report_error.ts";

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
  const { json = false, raw = false, quiet = false } = values;
  const chunks = start(model, prompt, {
    raw,
    options: { ...generateOptions(values), signal: controller.signal },
  });
  const statistics = await forwardChunks(chunks, json ? () => {} : writeText);
  writeText(json ? `${toJson(statistics, loadMs)}\n` : "\n");
  if (!quiet) writeRemark(`${summarize(statistics, loadMs)}\n`);
  return statistics.stop === "abort" ? STATUS.interrupted : STATUS.ok;
}

function start(
  model: Model,
  prompt: Prompt,
  { raw, options }: {
    readonly raw: boolean;
    readonly options: GenerateOptions;
  },
): AsyncGenerator<Chunk, GenerateStatistics> {
  if (typeof prompt !== "string" || raw || model.chatTemplate === null) {
    return model.generate(prompt, options);
  }
  return model.chat([{ role: "user", content: prompt }], options);
}

/**
 * Puts a generation into one JSON object.
 *
 * @param statistics What the generation did.
 * @param loadMs How long loading took.
 * @returns The object as text, on one line.
 */
export function toJson(statistics: GenerateStatistics, loadMs: number): string {
  const { text, tokens, stop } = statistics;
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
      seed: statistics.seed,
      cachedTokens: statistics.cachedTokens,
    },
  });
}

/**
 * Puts a generation's figures into one line.
 *
 * @param statistics What the generation did.
 * @param loadMs How long loading took.
 * @returns The line, without its end.
 */
export function summarize(
  statistics: GenerateStatistics,
  loadMs: number,
): string {
  const { generatedTokens, tokensPerSecond, prefillMs, stop } = statistics;
  return [
    `${generatedTokens} ${generatedTokens === 1 ? "token" : "tokens"}`,
    `${tokensPerSecond.toFixed(1)} tokens/s`,
    `first token after ${prefillMs.toFixed(0)} ms`,
    `loaded in ${loadMs.toFixed(0)} ms`,
    `ended by ${stop}`,
  ].join(", ");
}

/** Keeps three decimals: clocks give no more. */
function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
