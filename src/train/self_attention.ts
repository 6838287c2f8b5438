import { numpy as np } from "@jax-js/jax";
import { attention, type KeysAndValues } from "./attention.ts";
import { linear } from "./linear.ts";
import { type Rotary, rotate } from "./rotary.ts";

/** Sizes of an attention, by Hugging Face's names. */
export interface AttentionSizes {
  /** `H` */
  readonly numAttentionHeads: number;
  /** `G`, a divisor of `H`. */
  readonly numKeyValueHeads: number;
  /** `E` */
  readonly headDim: number;
}

/** What all attentions of a network share; nothing in it is consumed. */
export interface AttentionTables {
  /** Rotations by place. */
  readonly rotary: Rotary;
  /** `[T, T]`: 0 where a query may look and a very negative number elsewhere. */
  readonly mask: np.Array;
}

/** Weights of an attention; consumed. */
export interface AttentionWeights {
  /** `[(H+2G)*E, D]`: queries, keys and values below each other. */
  readonly qkv: np.Array;
  /** `[D, H*E]` */
  readonly o: np.Array;
}

/**
 * Attention from rows to rows, without the residual.
 *
 * Shapes: `[B*T, D]` to the same.
 *
 * @param x The rows; consumed.
 * @param weights The weights; consumed.
 * @returns The rows, and the keys and values that they had, which the caller disposes.
 */
export function selfAttention(
  x: np.Array,
  weights: AttentionWeights,
  options: {
    readonly sizes: AttentionSizes;
    readonly tables: AttentionTables;
    readonly earlier?: readonly KeysAndValues[];
  },
): { readonly out: np.Array; readonly own: KeysAndValues } {
  const { sizes, tables, earlier = [] } = options;
  const {
    numAttentionHeads: numHeads,
    numKeyValueHeads: numGroups,
    headDim,
  } = sizes;
  const length = tables.mask.shape[0] ?? 0;
  const numSequences = (x.shape[0] ?? 0) / length;
  const heads = linear(x, weights.qkv)
    .reshape([numSequences, length, numHeads + 2 * numGroups, headDim]);
  const [q, k, v] = np.split(heads, [numHeads, numHeads + numGroups], 2);
  if (q === undefined || k === undefined || v === undefined) {
    throw new RangeError(`Cannot split heads as there must be three parts`);
  }
  const byGroup = (part: np.Array): np.Array =>
    part.reshape([numSequences, length, numGroups, -1, headDim])
      .transpose([0, 2, 3, 1, 4]);
  const shape = [
    numSequences,
    numGroups,
    numHeads / numGroups,
    length,
    headDim,
  ];
  const own = {
    keys: np.broadcastTo(rotate(byGroup(k), tables.rotary), shape),
    values: np.broadcastTo(byGroup(v), shape),
  };
  const [first, ...later] = [...earlier, own];
  const mixed = attention(rotate(byGroup(q), tables.rotary), {
    passes: [first ?? own, ...later],
    mask: tables.mask,
  });
  const rows = mixed.transpose([0, 3, 1, 2, 4])
    .reshape([numSequences * length, numHeads * headDim]);
  return { out: linear(rows, weights.o), own };
}
