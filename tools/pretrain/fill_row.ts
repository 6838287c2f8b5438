import type { Random } from "../random.ts";
import type { Row } from "./pack_rows.ts";

/**
 * Fills the room that a row has left with beginnings of other documents, so that nothing is computed for
 * padding: a first answer is what a model is asked for most.
 *
 * @param row The row.
 * @param options Length of a row, documents to take from, and where the choice comes from.
 */
export function fillRow(
  row: Row,
  options: {
    readonly length: number;
    readonly documents: readonly Uint16Array[];
    readonly random: Random;
  },
): Row {
  const filled = [...row];
  let room = row.reduce((left, own) => left - own.length, options.length);
  while (room > 0) {
    const part = options.random.pick(options.documents).subarray(0, room);
    filled.push(part);
    room -= part.length;
  }
  return filled;
}
