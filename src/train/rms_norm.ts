import { numpy as np } from "@jax-js/jax";
import { rowPieces } from "./row_pieces.ts";

/**
 * Scales rows to a root mean square of one, then by a weight.
 *
 * Shapes: `[N, D]` by `[D]` to `[N, D]`.
 * Source: Zhang and Sennrich 2019 (arXiv 1910.07467), equation 4.
 *
 * @param x The rows; consumed.
 * @param options The weight, consumed, and what is added to the mean square.
 * @returns The scaled rows.
 */
export function rmsNorm(
  x: np.Array,
  options: { readonly weight: np.Array; readonly eps: number },
): np.Array {
  const meanSquare = np.mean(np.square(x.ref), -1, { keepdims: true });
  const scale = np.reciprocal(np.sqrt(meanSquare.add(options.eps)));
  const { shape } = x;
  const [numRows = 0, numCols = 0] = shape;
  const pieces = rowPieces(numRows, numCols);
  return x.mul(scale).reshape([pieces, numRows / pieces, numCols])
    .mul(np.broadcastTo(options.weight, [pieces, 1, numCols])).reshape(shape);
}
