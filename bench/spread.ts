import { median } from "../src/decode/median.ts";

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
