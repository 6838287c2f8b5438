import { lax, numpy as np } from "@jax-js/jax";

/** Heads of all tokens of a batch. */
export type KeysAndValues = {
  /** `[B, G, R, T, E]`, rotated; `R` query heads share a key/value head. */
  readonly keys: np.Array;
  /** `[B, G, R, T, E]` */
  readonly values: np.Array;
};

/**
 * Attends to the tokens up to each query's own, and to its own column in later passes.
 *
 * The first pass's keys are seen causally; of each further pass, which continues every token's own
 * line by one, a query sees the key at its own place.
 *
 * Shapes: `[B, G, R, T, E]` to the same.
 * Source: EAGLE-3 (arXiv 2503.01840), section 3.2, for the further passes.
 *
 * @param queries Rotated queries; consumed.
 * @param options What it attends to; not consumed.
 * @returns The weighted values.
 */
export function attention(
  queries: np.Array,
  options: {
    /** Keys and values of the first pass, then of the others. */
    readonly passes: readonly [KeysAndValues, ...KeysAndValues[]];
    /** `[T, T]`: 0 where a query may look and a very negative number elsewhere. */
    readonly mask: np.Array;
  },
): np.Array {
  const [first, ...later] = options.passes;
  const scaled = queries.mul(1 / Math.sqrt(queries.shape.at(-1) ?? 1));
  const scores = np.matmul(scaled.ref, np.matrixTranspose(first.keys.ref))
    .add(options.mask.ref);
  const ownScores = later.map(({ keys }) =>
    np.sum(scaled.ref.mul(keys.ref), -1, { keepdims: true })
  );
  scaled.dispose();
  const largest = lax.stopGradient(
    ownScores.reduce(
      (max, own) => np.maximum(max, own.ref),
      np.max(scores.ref, -1, { keepdims: true }),
    ),
  );
  const shares = np.exp(scores.sub(largest.ref));
  let total = np.sum(shares.ref, -1, { keepdims: true });
  let mixed = np.matmul(shares, first.values.ref);
  later.forEach(({ values }, index) => {
    const own = ownScores[index];
    if (own === undefined) return;
    const share = np.exp(own.sub(largest.ref));
    total = total.add(share.ref);
    mixed = mixed.add(share.mul(values.ref));
  });
  largest.dispose();
  return mixed.div(total);
}
