import { numpy as np } from "@jax-js/jax";

/**
 * Multiplies rows by a matrix.
 *
 * Shapes: `[N, C]` by `[R, C]` to `[N, R]`.
 *
 * @param x The rows; consumed.
 * @param weight The matrix, as `torch.nn.Linear` stores it; consumed.
 * @returns `x · weightᵀ`.
 */
export function linear(x: np.Array, weight: np.Array): np.Array {
  return np.inner(x, weight);
}
