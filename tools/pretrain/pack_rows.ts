import type { Random } from "../random.ts";

/** Documents that share a row, one behind the other. */
export type Row = readonly Uint16Array[];

/**
 * Puts whole documents into rows: each row begins with the next one at random, and takes the longest
 * that still fits until none does.
 *
 * @param documents None longer than a row.
 * @param options Length of a row, and where choices come from.
 * @returns The rows, in random order; each document is in one.
 */
export function packRows(
  documents: readonly Uint16Array[],
  options: { readonly length: number; readonly random: Random },
): Row[] {
  const { length, random } = options;
  const order = random.shuffle(documents);
  const byLength = Array.from({ length: length + 1 }, (): Uint16Array[] => []);
  for (const document of order) byLength[document.length]?.push(document);
  const packed = new Set<Uint16Array>();
  const takeFitting = (room: number): Uint16Array | undefined => {
    for (let size = room; size > 0; size--) {
      const bucket = byLength[size] ?? [];
      while (bucket.length > 0) {
        const document = bucket.pop();
        if (document !== undefined && !packed.has(document)) return document;
      }
    }
    return undefined;
  };
  const rows = order.map((first): Row => {
    const row: Uint16Array[] = [];
    let room = length;
    let next = packed.has(first) ? undefined : first;
    while (next !== undefined) {
      packed.add(next);
      row.push(next);
      room -= next.length;
      next = takeFitting(room);
    }
    return row;
  });
  return random.shuffle(rows.filter((row) => row.length > 0));
}
