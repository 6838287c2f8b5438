import { assert, assertEquals } from "@std/assert";
import { at } from "../reference/lib/at.ts";

/** Quantile of the standard normal distribution at the significance of every test, one in ten thousand. */
const Z = 3.719;

/**
 * Throws unless counts come from the probabilities, at a significance of 1e-4: the chi-square statistic over
 * cells that expect 5 or more, the others taken together, against the distribution's quantile.
 *
 * Source: quantile by Wilson & Hilferty 1931.
 *
 * @param counts How often each outcome came; impossible ones never.
 * @param probabilities Of each outcome.
 * @param label What is tested.
 */
export function assertDistributed(
  counts: ArrayLike<number>,
  probabilities: readonly number[],
  label: string,
): void {
  assertEquals(counts.length, probabilities.length, label);
  const total = probabilities.reduce((sum, p) => sum + p, 0);
  assert(Math.abs(total - 1) < 1e-6, `${label}: probabilities sum to ${total}`);
  const cells = probabilities.map((p, i) => ({ p, count: at(counts, i) }));
  const numDraws = cells.reduce((sum, { count }) => sum + count, 0);
  const impossible = cells.filter(({ p, count }) => p === 0 && count > 0);
  assertEquals(impossible, [], `${label}: impossible outcomes came`);
  const large = cells.filter(({ p }) => p * numDraws >= 5);
  const small = cells.filter(({ p }) => p * numDraws < 5);
  const rest = {
    p: small.reduce((sum, { p }) => sum + p, 0),
    count: small.reduce((sum, { count }) => sum + count, 0),
  };
  const tested = rest.p * numDraws >= 5 ? [...large, rest] : large;
  const statistic = tested.reduce((sum, { p, count }) => {
    const expected = p * numDraws;
    return sum + (count - expected) ** 2 / expected;
  }, 0);
  const degrees = tested.length - 1;
  if (degrees < 1) return;
  const spread = 2 / (9 * degrees);
  const most = degrees * (1 - spread + Z * Math.sqrt(spread)) ** 3;
  assert(
    statistic <= most,
    `${label}: chi-square ${statistic} of ${degrees} degrees is over ${most}`,
  );
}

/** @returns How often each of the values below `end` occurs. */
export function countValues(
  values: ArrayLike<number>,
  end: number,
): Uint32Array {
  const counts = new Uint32Array(end);
  for (let i = 0; i < values.length; i++) {
    const value = at(values, i);
    assert(value < end, `Cannot count ${value} as it must be below ${end}`);
    counts[value] = at(counts, value) + 1;
  }
  return counts;
}
