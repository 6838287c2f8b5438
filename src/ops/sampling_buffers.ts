import type { Operand } from "./op.ts";

/** What the choice of a token reads, besides the row table. */
export interface SamplingBuffers {
  /** Options, laid out by {@linkcode packSampling}. */
  readonly sampling: GPUBuffer;
  /** `[R, V]` f32. */
  readonly logits: GPUBuffer;
  /** `[V]` f32, added to the logits where `hasBias` is set. */
  readonly bias: GPUBuffer;
  /** `[V]` u32: what is known of each id, see {@linkcode TOKEN_STATE}. */
  readonly tokenState: GPUBuffer;
  /** `[R]` u32: least order key that survives the filters. */
  readonly cut: GPUBuffer;
}

/** Options of the choice, all set. */
export interface SamplingParams {
  /** Divides the logits; 0 takes the largest. */
  readonly temperature: number;
  /** Most tokens kept; 0 keeps all. */
  readonly topK: number;
  /** Probability kept, 1 keeps all. */
  readonly topP: number;
  /** Least probability relative to the likeliest, 0 keeps all. */
  readonly minP: number;
  /** 1 is off. */
  readonly repetitionPenalty: number;
  /** 0 is off. */
  readonly presencePenalty: number;
  /** 0 is off. */
  readonly frequencyPenalty: number;
  /** Integer in [0, 2^32). */
  readonly seed: number;
  /** Whether the bias is added. */
  readonly hasBias: boolean;
}

/** Takes the likeliest token. */
export const GREEDY: SamplingParams = {
  temperature: 0,
  topK: 0,
  topP: 1,
  minP: 0,
  repetitionPenalty: 1,
  presencePenalty: 0,
  frequencyPenalty: 0,
  seed: 0,
  hasBias: false,
};

/** Bits of a token's state, as in `kernels/lib/token_state.wgsl`. */
export const TOKEN_STATE = {
  /** The id ends the text. */
  isEnd: 0x40000000,
  /** The id occurs in the prompt. */
  inPrompt: 0x80000000,
} as const;

/** Bytes of the options. */
export const SAMPLING_BYTES = 48;

/**
 * Lays out the options as `kernels/lib/sampling.wgsl` reads them.
 *
 * @param params The options.
 * @returns Bytes of the uniform buffer.
 */
export function packSampling(
  params: SamplingParams,
): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(SAMPLING_BYTES / 4);
  new Float32Array(words.buffer).set([
    params.temperature,
    params.topP,
    params.minP,
    params.repetitionPenalty,
    params.presencePenalty,
    params.frequencyPenalty,
  ]);
  const hasPenalty = params.repetitionPenalty !== 1 ||
    params.presencePenalty !== 0 || params.frequencyPenalty !== 0;
  const flags = [params.hasBias, hasPenalty].map(Number);
  words.set([params.topK, params.seed, ...flags], 6);
  return words;
}

/**
 * Says whether the options cut any token off, so that the cut has to be found.
 *
 * @param params The options.
 * @returns Whether top-k, top-p or min-p is on.
 */
export function isFiltered(params: SamplingParams): boolean {
  return params.temperature > 0 &&
    (params.topK > 0 || params.topP < 1 || params.minP > 0);
}

/**
 * Describes the buffers that `logit_cut` and `choose` read.
 *
 * @param buffers The buffers.
 * @param vocabSize Tokens, `V`.
 * @returns Operands logits, bias and token_state.
 */
export function samplingOperands(
  buffers: SamplingBuffers,
  vocabSize: number,
): readonly Operand[] {
  const minBytes = vocabSize * 4;
  return [
    { name: "logits", kind: "read", buffer: buffers.logits, minBytes },
    { name: "bias", kind: "read", buffer: buffers.bias, minBytes },
    { name: "token_state", kind: "read", buffer: buffers.tokenState, minBytes },
  ];
}
