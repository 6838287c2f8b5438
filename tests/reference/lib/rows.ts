import { at } from "./at.ts";

/** One row of a pass. */
export interface Row {
  /** Token id. */
  readonly token: number;
  /** Position in the sequence. */
  readonly position: number;
}

/** The rows of a pass, as `kernels/lib/rows.wgsl` lays them out. */
export interface RowTable {
  /** First row whose logits are wanted. */
  readonly firstLogitRow: number;
  /** The rows. */
  readonly row: readonly Row[];
}

/**
 * Lays out a row table.
 *
 * @param table The rows.
 * @returns Words of the buffer.
 */
export function rowWords(table: RowTable): Uint32Array<ArrayBuffer> {
  const { row, firstLogitRow } = table;
  return new Uint32Array([
    row.length,
    firstLogitRow,
    ...row.flatMap(({ token, position }) => [token, position]),
  ]);
}

/**
 * Reads a row table.
 *
 * @param words Words of the buffer.
 * @returns The rows that count.
 */
export function readRows(words: Uint32Array): RowTable {
  const row = Array.from({ length: at(words, 0) }, (_, t) => ({
    token: at(words, 2 + 2 * t),
    position: at(words, 3 + 2 * t),
  }));
  return { firstLogitRow: at(words, 1), row };
}
