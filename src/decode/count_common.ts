/**
 * Counts the ids that two sequences begin with.
 *
 * @param a Ids.
 * @param b Ids.
 * @returns Length of the longest common prefix.
 */
export function countCommon(
  a: readonly number[],
  b: readonly number[],
): number {
  const end = Math.min(a.length, b.length);
  for (let index = 0; index < end; index++) {
    if (a[index] !== b[index]) return index;
  }
  return end;
}
