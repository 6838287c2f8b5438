import { assert } from "@std/assert";
import { at } from "../reference/lib/at.ts";

/**
 * Throws unless the total variation between counts and probabilities is that of noise, at a significance of 1e-4.
 *
 * A draw changes the distance by at most 1/N: by McDiarmid's inequality it exceeds its mean by t with a probability
 * of at most exp(-2 N t²); and its mean is at most the sum of the cells' mean deviations, by Jensen's inequality
 * half of sqrt(p (1 - p) / N) each.
 *
 * Source: McDiarmid 1989, On the method of bounded differences.
 *
 * @param counts How often each outcome came.
 * @param probabilities Of each outcome.
 * @param label What is tested.
 */
export function assertNearInVariation(
  counts: ArrayLike<number>,
  probabilities: readonly number[],
  label: string,
): void {
  const numDraws = Array.from(counts).reduce((sum, count) => sum + count, 0);
  const distance = probabilities.reduce(
    (sum, p, index) => sum + Math.abs(at(counts, index) / numDraws - p) / 2,
    0,
  );
  const mean = probabilities.reduce(
    (sum, p) => sum + Math.sqrt(p * (1 - p) / numDraws) / 2,
    0,
  );
  const most = mean + Math.sqrt(Math.log(1e4) / (2 * numDraws));
  assert(
    distance <= most,
    `${label}: total variation ${distance} is over ${most}`,
  );
}
