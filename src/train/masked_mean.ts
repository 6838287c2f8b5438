import { numpy as np } from "@jax-js/jax";

/**
 * The mean over the rows that count.
 *
 * The reference implementation's 1e-5 keeps it finite where none does. Rows are summed in pieces of
 * about their number's root, as one long f32 sum would lose digits.
 *
 * Shapes: `[N]` and `[N]` to `[]`.
 *
 * @param values The rows' values; consumed.
 * @param mask 1 where a row counts, 0 elsewhere; consumed.
 */
export function maskedMean(values: np.Array, mask: np.Array): np.Array {
  const total = pieceSum(values.mul(mask.ref));
  return total.div(pieceSum(mask).add(1e-5));
}

function pieceSum(values: np.Array): np.Array {
  const { size } = values;
  let piece = Math.floor(Math.sqrt(size));
  while (size % piece !== 0) piece--;
  return np.sum(np.sum(values.reshape([size / piece, piece]), -1));
}
