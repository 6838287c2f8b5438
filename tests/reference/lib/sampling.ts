import { at } from "./at.ts";
import { readRow } from "./rows.ts";
import { COUNT_MASK, IN_PROMPT } from "./token_state.ts";

/** Sampling options, as `kernels/lib/sampling.wgsl` lays them out. */
export interface Sampling {
  readonly temperature: number;
  readonly topP: number;
  readonly minP: number;
  readonly repetitionPenalty: number;
  readonly presencePenalty: number;
  readonly frequencyPenalty: number;
  readonly topK: number;
  readonly seed: number;
  readonly hasBias: boolean;
  readonly hasPenalty: boolean;
}

/**
 * Reads the options.
 *
 * @param words Words of the uniform buffer: six f32, four u32.
 * @returns The options.
 */
export function readSampling(words: Uint32Array<ArrayBuffer>): Sampling {
  const float = new Float32Array(words.buffer);
  return {
    temperature: at(float, 0),
    topP: at(float, 1),
    minP: at(float, 2),
    repetitionPenalty: at(float, 3),
    presencePenalty: at(float, 4),
    frequencyPenalty: at(float, 5),
    topK: at(words, 6),
    seed: at(words, 7),
    hasBias: at(words, 8) === 1,
    hasPenalty: at(words, 9) === 1,
  };
}

/**
 * Computes the processed logits of one row: bias, repetition, presence and frequency penalties, temperature. A token
 * counts as generated where the sequence has it, or a drafted node from below the root down to the row's own. One that
 * must not follow the row has none.
 *
 * @param row Logit row, `R`.
 * @param bindings What the kernels read.
 * @returns `[V]` processed logits.
 */
export function processedLogits(
  row: number,
  bindings: {
    readonly sampling: Uint32Array<ArrayBuffer>;
    readonly rows: Uint32Array;
    readonly logits: Float32Array;
    readonly bias: Float32Array;
    readonly tokenState: Uint32Array;
    /** A bit for each token that may follow a row; default: all may. */
    readonly allowed?: Uint32Array | undefined;
  },
): Float64Array {
  const sampling = readSampling(bindings.sampling);
  const numTokens = bindings.tokenState.length;
  const drafted = draftedTokens(bindings.rows, row);
  const firstWord = row * Math.ceil(numTokens / 32);
  const isAllowed = (token: number): boolean => {
    const { allowed } = bindings;
    if (allowed === undefined) return true;
    return (at(allowed, firstWord + (token >> 5)) >>> (token & 31) & 1) === 1;
  };
  return Float64Array.from({ length: numTokens }, (_, token) => {
    if (!isAllowed(token)) return -Infinity;
    let logit = at(bindings.logits, row * numTokens + token);
    if (sampling.hasBias) logit += at(bindings.bias, token);
    const state = at(bindings.tokenState, token);
    const count = (state & COUNT_MASK) +
      drafted.filter((other) => other === token).length;
    const isInPrompt = (state & IN_PROMPT) !== 0;
    if (sampling.hasPenalty && (count > 0 || isInPrompt)) {
      const penalty = sampling.repetitionPenalty;
      logit = logit > 0 ? logit / penalty : logit * penalty;
    }
    if (sampling.hasPenalty && count > 0) {
      logit -= sampling.presencePenalty + sampling.frequencyPenalty * count;
    }
    return sampling.temperature === 0 ? logit : logit / sampling.temperature;
  });
}

/** Tokens on the way from below the root to the row's node: node i of a tree has slot base + i. */
function draftedTokens(rows: Uint32Array, logitRow: number): number[] {
  const { position, base, path } = readRow(rows, at(rows, 1) + logitRow);
  return path.slice(1, Math.max(1, position - base + 1))
    .map((slot) => readRow(rows, slot - base).token);
}

const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

/**
 * Orders floats as unsigned integers.
 *
 * @param value A number, rounded to f32.
 * @returns The key: larger for a larger number.
 */
export function orderKey(value: number): number {
  float[0] = value;
  const bits = at(word, 0);
  return ((bits & 0x80000000) !== 0 ? ~bits : bits | 0x80000000) >>> 0;
}
