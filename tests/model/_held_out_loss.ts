/** How well a model foretells a text, with its weights as stored and rounded. @module */

import type { Elem } from "../../src/gpu/shader.ts";
import type { Quantization } from "../../src/model/mod.ts";
import { TargetRun } from "./_target_run.ts";

/** Natural logarithms of the probability of each token of the vocabulary, at each position but the last. */
export type LogProbs = readonly Float64Array[];

/**
 * Computes what a model holds likely behind each beginning of a text.
 *
 * @param model Its directory.
 * @param ids The text.
 * @param options What its weights are rounded to, and the number type; default: nothing, and f32.
 * @returns `[T-1, V]`
 */
export async function textLogProbs(
  model: URL,
  ids: readonly number[],
  options: { readonly quantization?: Quantization; readonly elem?: Elem } = {},
): Promise<LogProbs> {
  const contextLength = ids.length;
  using run = await TargetRun.open(model, { contextLength, ...options });
  const logits = await run.passes(ids.slice(0, -1), [64]);
  return logits.map((row) => {
    const most = row.reduce((a, b) => Math.max(a, b));
    const sum = row.reduce((sum, logit) => sum + Math.exp(logit - most), 0);
    return Float64Array.from(row, (logit) => logit - most - Math.log(sum));
  });
}

/** Cross-entropy of a text, in nats a token. */
export function crossEntropy(
  logProbs: LogProbs,
  ids: readonly number[],
): number {
  const losses = logProbs.map((row, t) => -(row[ids[t + 1] ?? NaN] ?? NaN));
  return losses.reduce((a, b) => a + b) / losses.length;
}

/** Kullback-Leibler divergence of what a model holds likely from what another does, in nats a token. */
export function divergence(expected: LogProbs, actual: LogProbs): number {
  const sum = expected.reduce((sum, row, t) =>
    row.reduce(
      (sum, logProb, id) =>
        sum + Math.exp(logProb) * (logProb - (actual[t]?.[id] ?? NaN)),
      sum,
    ), 0);
  return sum / expected.length;
}
