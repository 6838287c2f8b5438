import { median } from "../decode/median.ts";

/** Where values lie. */
export interface Spread {
  /** In the middle. */
  readonly median: number;
  /** The least. */
  readonly min: number;
  /** The largest. */
  readonly max: number;
}

/**
 * Says where values lie.
 *
 * @param values What was measured.
 * @returns Median, least and largest; null of none.
 */
export function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  return {
    median: median(values),
    min: Math.min(...values),
    max: Math.max(...values),
  };
}
