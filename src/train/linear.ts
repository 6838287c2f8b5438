import { numpy as np } from "@jax-js/jax";
import { rowPieces } from "./row_pieces.ts";

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
  const [numRows = 0, numCols = 0] = x.shape;
  const pieces = rowPieces(numRows, weight.size);
  if (pieces === 1) return np.inner(x, weight);
  return np.einsum(
    "pnc,prc->pnr",
    x.reshape([pieces, numRows / pieces, numCols]),
    np.broadcastTo(weight, [pieces, ...weight.shape]),
  ).reshape([numRows, -1]);
}
