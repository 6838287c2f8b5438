/**
 * Takes the value in the middle, the upper one of two.
 *
 * @param values What was measured.
 * @returns The median.
 */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/**
 * Writes a median, and from least to largest.
 *
 * @param values What was measured.
 * @returns Two decimals each.
 */
export function spread(values: readonly number[]): string {
  const [middle, least, most] = [
    median(values),
    Math.min(...values),
    Math.max(...values),
  ].map((value) => value.toFixed(2));
  return `${middle} (${least} to ${most})`;
}
