import { type Device, numpy as np } from "@jax-js/jax";

/** Added to the score of what must not be seen: large, and finite so that no sum is NaN. */
const UNSEEN = -1e30;

/**
 * Lets each token see itself and those before it.
 *
 * @param length Tokens of a sequence, `T`.
 * @param device Where the mask goes.
 * @returns `[T, T]`: 0 where the row may see the column, a very negative number elsewhere.
 */
export function causalMask(length: number, device: Device): np.Array {
  const mask = new Float32Array(length * length);
  for (let row = 0; row < length; row++) {
    mask.fill(UNSEEN, row * length + row + 1, (row + 1) * length);
  }
  return np.array(mask, { shape: [length, length], device });
}
