import { lax, nn, numpy as np } from "@jax-js/jax";

/** How much of each expert goes into each branch. */
export type ExpertWeights = {
  /** `[N, X]`, for the next token. */
  readonly mixture: np.Array;
  /** `[N, X]`, for the token after it. */
  readonly contrast: np.Array;
};

/**
 * Weighs Jakiro's experts by their gates.
 *
 * Two experts `a` and `b` take part: 0 and 1, or of more than two the ones of the two largest gates.
 * The mixture weighs them by the softmax of their gates; the contrast takes the difference by the
 * softmax of the last two gates, the larger positive. Gradients flow through weights, and neither
 * through the sign nor through the choice.
 *
 * Shapes: `[N, X+2]` to `[N, X]`.
 * Source: arXiv 2502.06282, section 3.2, and the reference implementation's `MixtralSparseMoeBlock`.
 *
 * @param gates The gates; consumed.
 * @returns The weights.
 */
export function expertWeights(gates: np.Array): ExpertWeights {
  const numExperts = (gates.shape[1] ?? 0) - 2;
  const [ofMixture, ofContrast] = np.split(gates, [numExperts], 1);
  if (ofMixture === undefined || ofContrast === undefined) {
    throw new RangeError("Cannot weigh experts as they must have gates");
  }
  const shares = nn.softmax(ofContrast.ref, -1);
  const [g2, g3] = np.split(ofContrast, 2, 1);
  if (g2 === undefined || g3 === undefined) {
    throw new RangeError(
      "Cannot weigh experts as there must be two more gates",
    );
  }
  const sign = np.where(lax.stopGradient(g2.greater(g3)), 1, -1);
  const signs = np.array([[1, -1]]).mul(sign);
  const pair = shares.mul(signs);
  if (numExperts === 2) {
    return { mixture: nn.softmax(ofMixture, -1), contrast: pair };
  }
  const { largest, second } = twoLargest(ofMixture.ref);
  const chosen = largest.ref.add(second.ref);
  const masked = np.where(chosen.greater(0), ofMixture, -1e30);
  const [ofLargest, ofSecond] = np.split(pair, 2, 1);
  if (ofLargest === undefined || ofSecond === undefined) {
    throw new RangeError("Cannot weigh experts as there must be two shares");
  }
  return {
    mixture: nn.softmax(masked, -1),
    contrast: largest.mul(ofLargest).add(second.mul(ofSecond)),
  };
}

/** 1 at the largest and at the second largest value of each row, 0 elsewhere; of equals the first is larger. */
function twoLargest(
  values: np.Array,
): { readonly largest: np.Array; readonly second: np.Array } {
  const [numRows = 0, numCols = 0] = values.shape;
  const fixed = lax.stopGradient(values);
  const own = fixed.ref.reshape([numRows, numCols, 1]);
  const other = fixed.reshape([numRows, 1, numCols]);
  const isEarlier = np.tri(numCols, numCols, -1).reshape([1, numCols, numCols]);
  const isLarger = other.ref.greater(own.ref).astype(np.float32);
  const isEqual = other.equal(own).astype(np.float32);
  const rank = np.sum(isLarger.add(isEqual.mul(isEarlier)), -1);
  return {
    largest: rank.ref.equal(0).astype(np.float32),
    second: rank.equal(1).astype(np.float32),
  };
}
