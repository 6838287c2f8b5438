import { at } from "../reference/lib/at.ts";

/** What shapes a distribution, in the order in which it is applied. */
export interface Processing {
  readonly bias?: readonly number[];
  readonly repetitionPenalty?: number;
  readonly presencePenalty?: number;
  readonly frequencyPenalty?: number;
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly minP?: number;
  /** How often each token was generated. */
  readonly counts?: readonly number[];
  /** Tokens of the prompt. */
  readonly prompt?: readonly number[];
}

/**
 * Computes the distribution that a token is drawn from, as the processors of Hugging Face's Transformers do,
 * with the presence and frequency penalties of OpenAI's interface; shares nothing with the kernels' twins.
 *
 * @param logits Of each token.
 * @param processing Options.
 * @returns Probability of each token.
 */
export function processedSoftmax(
  logits: ArrayLike<number>,
  processing: Processing,
): number[] {
  const { bias = [], counts = [], prompt = [], temperature = 1 } = processing;
  const { repetitionPenalty = 1, presencePenalty = 0, frequencyPenalty = 0 } =
    processing;
  const scores = Array.from(logits, (logit, token) => {
    const count = counts[token] ?? 0;
    let score = logit + (bias[token] ?? 0);
    if (count > 0 || prompt.includes(token)) {
      score = score < 0 ? score * repetitionPenalty : score / repetitionPenalty;
    }
    if (count > 0) score -= presencePenalty;
    score -= frequencyPenalty * count;
    return score / temperature;
  });
  keepTopK(scores, processing.topK ?? 0);
  keepTopP(scores, processing.topP ?? 1);
  keepMinP(scores, processing.minP ?? 0);
  return softmax(scores);
}

function keepTopK(scores: number[], topK: number): void {
  if (topK === 0) return;
  const sorted = scores.toSorted((a, b) => b - a);
  const least = at(sorted, Math.min(topK, scores.length) - 1);
  remove(scores, (token) => at(scores, token) < least);
}

/** Walks from the unlikeliest token up, and removes while no more than 1 - topP has been removed. */
function keepTopP(scores: number[], topP: number): void {
  if (topP >= 1) return;
  const probabilities = softmax(scores);
  const ascending = [...scores.keys()]
    .sort((a, b) => at(scores, a) - at(scores, b));
  const removed = new Set<number>();
  let sum = 0;
  for (const token of ascending.slice(0, -1)) {
    sum += at(probabilities, token);
    if (sum > 1 - topP) break;
    removed.add(token);
  }
  remove(scores, (token) => removed.has(token));
}

function keepMinP(scores: number[], minP: number): void {
  const probabilities = softmax(scores);
  const least = minP * Math.max(...probabilities);
  remove(scores, (token) => at(probabilities, token) < least);
}

function remove(scores: number[], isOut: (token: number) => boolean): void {
  const out = [...scores.keys()].filter(isOut);
  for (const token of out) scores[token] = -Infinity;
}

function softmax(scores: readonly number[]): number[] {
  const largest = Math.max(...scores);
  const exps = scores.map((score) => Math.exp(score - largest));
  const sum = exps.reduce((a, b) => a + b, 0);
  return exps.map((value) => value / sum);
}
