import { numpy as np } from "@jax-js/jax";

/**
 * Makes the gradient of rows be stored before a product takes it.
 *
 * The library fuses what only one product uses into it, and would compute the gradient of each
 * element anew for every row of a weight whose input has no gradient. It stores what is padded, and
 * the gradient of a slice is padded.
 *
 * Shapes: `[N, D]` to the same.
 *
 * @param x The rows; consumed.
 * @returns The same rows.
 */
export function storeGradient(x: np.Array): np.Array {
  const [numRows = 0] = x.shape;
  return np.pad(x, [[0, 1], [0, 0]]).slice([0, numRows]);
}
