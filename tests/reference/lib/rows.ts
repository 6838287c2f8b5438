import { at } from "./at.ts";

/** Longest way from a tree's root to a node, both included. */
export const MAX_PATH = 11;

const HEADER_WORDS = 2;
const ROW_WORDS = 5 + MAX_PATH;

/** One row of a pass. */
export interface Row {
  /** Token id. */
  readonly token: number;
  /** Position in the sequence. */
  readonly position: number;
  /** Where its keys and values lie; default: at the position. */
  readonly slot?: number;
  /** First position that is looked up in `path`; default: none up to the row's own. */
  readonly base?: number;
  /** Row of the pass before whose hidden state it continues; default: the row of the same number. */
  readonly hiddenRow?: number;
  /** Slots of the positions from `base` on; default: zeros. */
  readonly path?: readonly number[];
}

/** The rows of a pass, as `kernels/lib/rows.wgsl` lays them out. */
export interface RowTable<R extends Row = Row> {
  /** First row whose logits are wanted. */
  readonly firstLogitRow: number;
  /** The rows. */
  readonly row: readonly R[];
}

/**
 * Lays out a row table.
 *
 * @param table The rows.
 * @param maxRows Rows that the buffer has room for; default: as many as there are, and at least
 *   one.
 * @returns Words of the buffer.
 */
export function rowWords(
  table: RowTable,
  maxRows: number = Math.max(1, table.row.length),
): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(HEADER_WORDS + ROW_WORDS * maxRows);
  words.set([table.row.length, table.firstLogitRow]);
  table.row.forEach((row, index) =>
    writeRow(words, index, {
      slot: row.position,
      base: row.position + 1,
      hiddenRow: index,
      ...row,
    })
  );
  return words;
}

/**
 * Writes the fields of a row that are given.
 *
 * @param words Words of the buffer.
 * @param index Which row.
 * @param row The fields; of `path`, as many entries as there are.
 */
export function writeRow(
  words: Uint32Array,
  index: number,
  row: Partial<Row>,
): void {
  const { token, position, slot, base, hiddenRow, path = [] } = row;
  [token, position, slot, base, hiddenRow, ...path].forEach((value, field) => {
    if (value !== undefined) {
      words[HEADER_WORDS + ROW_WORDS * index + field] = value;
    }
  });
}

/**
 * Reads a row.
 *
 * @param words Words of the buffer.
 * @param index Which row.
 * @returns Its fields.
 */
export function readRow(words: Uint32Array, index: number): Required<Row> {
  const first = HEADER_WORDS + ROW_WORDS * index;
  const field = (i: number): number => at(words, first + i);
  return {
    token: field(0),
    position: field(1),
    slot: field(2),
    base: field(3),
    hiddenRow: field(4),
    path: Array.from({ length: MAX_PATH }, (_, i) => field(5 + i)),
  };
}

/**
 * Reads a row table.
 *
 * @param words Words of the buffer.
 * @returns The rows that count.
 */
export function readRows(words: Uint32Array): RowTable<Required<Row>> {
  const row = Array.from({ length: at(words, 0) }, (_, t) => readRow(words, t));
  return { firstLogitRow: at(words, 1), row };
}

/**
 * Finds where the key of a position lies for a row.
 *
 * @param row The row.
 * @param position A position up to the row's own.
 * @param sequenceSlots Slots of each sequence, where several share the cache.
 * @returns The slot.
 */
export function slotOf(
  { base, path, slot }: Required<Row>,
  position: number,
  sequenceSlots = 2 ** 32 - 1,
): number {
  const firstSlot = slot - slot % sequenceSlots;
  return position < base ? firstSlot + position : at(path, position - base);
}
