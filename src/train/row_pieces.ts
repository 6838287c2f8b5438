import { defaultDevice } from "@jax-js/jax";

/** Sums that are enough to keep a GPU busy, each of a thread's 16. */
const ENOUGH_SUMS = 2 ** 19;
/** Rows under which a piece is not worth a sum of its own. */
const MIN_ROWS = 64;

/**
 * Says into how many pieces rows are cut for a gradient that sums over them.
 *
 * A weight has few elements and a batch many rows: one sum for each element leaves a GPU idle, so
 * that each piece of the rows gets its own sums there, which are added up after. A processor's few
 * threads have enough to do with one piece.
 *
 * @param numRows Rows of the batch.
 * @param size Elements of the weight.
 * @returns A power of two that divides `numRows`; 1 where the library's default device is no GPU.
 */
export function rowPieces(numRows: number, size: number): number {
  let pieces = 1;
  if (defaultDevice() !== "webgpu") return pieces;
  while (
    numRows % (2 * pieces) === 0 && numRows / (2 * pieces) >= MIN_ROWS &&
    2 * pieces * size <= ENOUGH_SUMS
  ) pieces *= 2;
  return pieces;
}
