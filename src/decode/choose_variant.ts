import type { MatmulVariant } from "../ops/mod.ts";
import { median } from "./median.ts";

/** Time that a variant must take at most, in the rule's. */
const LEAST_GAIN = 0.95;

/**
 * Chooses among the ways to cut a product by what they took side by side: the rule's, unless another is clearly faster, by
 * its median and in most turns.
 *
 * @param variants The ways, the rule's the first.
 * @param turns What each took in each turn.
 * @returns The choice.
 */
export function chooseVariant(
  variants: readonly [MatmulVariant, ...MatmulVariant[]],
  turns: readonly (readonly number[])[],
): MatmulVariant {
  const timesOf = (index: number): readonly number[] =>
    turns.map((times) => times[index] ?? Infinity);
  const ruleMs = timesOf(0);
  let chosen = variants[0];
  let leastMs = LEAST_GAIN * median(ruleMs);
  for (const [index, variant] of variants.entries()) {
    const times = timesOf(index);
    const numBetter = times.filter((ms, turn) =>
      ms < (ruleMs[turn] ?? -Infinity)
    ).length;
    const typicalMs = median(times);
    if (typicalMs > leastMs || numBetter <= turns.length / 2) continue;
    chosen = variant;
    leastMs = typicalMs;
  }
  return chosen;
}
