import { at, type Floats } from "./at.ts";

/**
 * Multiplies a row of one matrix by a row of another.
 *
 * @param x `[T, K]`, and the row of it.
 * @param w `[M, K]`, and the row of it.
 * @param K Columns.
 * @returns The sum over k of `x[t, k] * w[m, k]`.
 */
export function dot(
  x: readonly [array: Floats, t: number],
  w: readonly [array: Floats, m: number],
  K: number,
): number {
  let sum = 0;
  for (let k = 0; k < K; k++) {
    sum += at(x[0], x[1] * K + k) * at(w[0], w[1] * K + k);
  }
  return sum;
}
