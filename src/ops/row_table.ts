/** Longest way from a tree's root to a node, both included, as in `kernels/lib/rows.wgsl`. */
export const MAX_PATH = 11;

const HEADER_WORDS = 2;
const ROW_WORDS = 5 + MAX_PATH;

/** A row that continues the sequence in the cache, as a prompt's rows do. */
export interface SequenceRow {
  /** Id at the position. */
  readonly token: number;
  /** Position in the sequence, and in its part of the cache. */
  readonly position: number;
  /** First slot of the sequence's part of the cache. Default: 0. */
  readonly firstSlot?: number;
  /** Row of the pass before whose hidden state a drafter continues. Default: the row's own number. */
  readonly hiddenRow?: number;
}

/**
 * Counts the bytes of a row table.
 *
 * @param maxRows Most rows of a pass, `T`.
 * @returns Bytes.
 */
export function rowTableBytes(maxRows: number): number {
  return (HEADER_WORDS + ROW_WORDS * maxRows) * 4;
}

/**
 * Lays out rows of a sequence as `kernels/lib/rows.wgsl` reads them.
 *
 * @param rows The rows.
 * @param firstLogitRow First row whose logits are wanted.
 * @returns The table.
 */
export function packRows(
  rows: readonly SequenceRow[],
  firstLogitRow: number,
): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(HEADER_WORDS + ROW_WORDS * rows.length);
  words.set([rows.length, firstLogitRow]);
  rows.forEach(({ token, position, firstSlot = 0, hiddenRow }, row) => {
    const slot = firstSlot + position;
    const fields = [token, position, slot, position + 1, hiddenRow ?? row];
    words.set(fields, HEADER_WORDS + ROW_WORDS * row);
  });
  return words;
}
