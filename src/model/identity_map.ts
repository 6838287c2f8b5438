/**
 * Says that rows stay in order.
 *
 * @param length Number of rows.
 * @param firstRow Packed row of the first.
 * @returns Packed row for each row.
 */
export function identityMap(
  length: number,
  firstRow: number,
): Uint32Array<ArrayBuffer> {
  return Uint32Array.from({ length }, (_, row) => firstRow + row);
}
