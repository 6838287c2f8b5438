import {
  choose,
  isFiltered,
  logitCut,
  packSampling,
  type SamplingParams,
} from "../../src/ops/mod.ts";
import { type Row, rowWords } from "../reference/lib/rows.ts";
import type { Harness } from "./_harness.ts";
import { sequence } from "./_rows.ts";

/** Options that change nothing: the softmax of the logits, seed 0. */
export const PLAIN: SamplingParams = {
  temperature: 1,
  topK: 0,
  topP: 1,
  minP: 0,
  repetitionPenalty: 1,
  presencePenalty: 0,
  frequencyPenalty: 0,
  seed: 0,
  hasBias: false,
};

/** Logit rows and how a token is chosen from each. */
export interface Draws {
  /** `[R, V]`. */
  readonly logits: Float32Array<ArrayBuffer>;
  /** Tokens, `V`. */
  readonly vocabSize: number;
  /** What differs from {@linkcode PLAIN}. */
  readonly params: Partial<SamplingParams>;
  /** Rows of the pass; default: R rows, from position 0 on. */
  readonly row?: readonly Row[];
  /** First row with logits; default 0. */
  readonly firstLogitRow?: number;
  /** `[V]`, used where `hasBias` is set; default zeros. */
  readonly bias?: Float32Array<ArrayBuffer>;
  /** `[V]`; default: no token was seen. */
  readonly tokenState?: Uint32Array<ArrayBuffer>;
  /** `[R, ceil(V/32)]`; default: every token may follow every row. */
  readonly allowed?: Uint32Array<ArrayBuffer>;
}

/** The bindings of the twins of `logit_cut` and `choose`. */
export interface SamplingBindings {
  readonly sampling: Uint32Array<ArrayBuffer>;
  readonly rows: Uint32Array<ArrayBuffer>;
  readonly logits: Float32Array<ArrayBuffer>;
  readonly bias: Float32Array<ArrayBuffer>;
  readonly tokenState: Uint32Array<ArrayBuffer>;
  readonly cut: Uint32Array<ArrayBuffer>;
  readonly choice: Uint32Array<ArrayBuffer>;
  readonly allowed?: Uint32Array<ArrayBuffer>;
}

/** @returns The bindings before the kernels run. */
export function samplingBindings(draws: Draws): SamplingBindings {
  const { logits, vocabSize, params, firstLogitRow = 0 } = draws;
  const R = logits.length / vocabSize;
  const row = draws.row ?? sequence(R + firstLogitRow);
  return {
    sampling: packSampling({ ...PLAIN, ...params }),
    rows: rowWords({ row, firstLogitRow }),
    logits,
    bias: draws.bias ?? new Float32Array(vocabSize),
    tokenState: draws.tokenState ?? new Uint32Array(vocabSize),
    // What an earlier pass left there, which would cut everything.
    cut: new Uint32Array(R).fill(0xffffffff),
    choice: new Uint32Array(R).fill(0xffffffff),
    ...(draws.allowed === undefined ? {} : { allowed: draws.allowed }),
  };
}

/**
 * Finds the cut where the options have one, and chooses, as a session does.
 *
 * @param harness Device.
 * @param draws Rows and options.
 * @returns The bindings, with the device's `cut` and `choice`.
 */
export async function sample(
  harness: Harness,
  draws: Draws,
): Promise<SamplingBindings> {
  const bindings = samplingBindings(draws);
  const R = bindings.choice.length;
  const { sampling, ...storage } = bindings;
  const buffers = Object.entries(storage).map(([name, array]) =>
    [name, harness.upload(array)] as const
  );
  const named = Object.fromEntries(buffers) as Record<
    keyof typeof storage,
    GPUBuffer
  >;
  const args = {
    ...named,
    sampling: harness.uniform(sampling),
    vocabSize: draws.vocabSize,
  };
  const isCut = isFiltered({ ...PLAIN, ...draws.params });
  const ops = [
    ...(isCut ? [logitCut(harness.gpu, args)] : []),
    choose(harness.gpu, args),
  ];
  await harness.run(() => ops.flatMap((op) => op(R)));
  await harness.readAll([
    [named.cut, bindings.cut],
    [named.choice, bindings.choice],
  ]);
  for (const [, buffer] of buffers) harness.gpu.destroyBuffer(buffer);
  harness.gpu.destroyBuffer(args.sampling);
  return bindings;
}

/** @returns Logits `[R, V]`: the same row R times. */
export function repeat(
  logits: ArrayLike<number>,
  numRows: number,
): Float32Array<ArrayBuffer> {
  const repeated = new Float32Array(logits.length * numRows);
  for (let r = 0; r < numRows; r++) repeated.set(logits, r * logits.length);
  return repeated;
}
