import { assert } from "@std/assert";
import type { SamplingParams } from "../../src/ops/mod.ts";
import { choose as twin } from "../reference/choose.ts";
import { at } from "../reference/lib/at.ts";
import { IN_PROMPT, IS_END } from "../reference/lib/token_state.ts";
import type { Harness } from "./_harness.ts";
import type { Random } from "./_random.ts";
import { type Draws, sample } from "./_sampling.ts";

/** All penalties, and a bias. */
export const PENALTIES: Partial<SamplingParams> = {
  repetitionPenalty: 1.3,
  presencePenalty: 0.5,
  frequencyPenalty: 0.25,
  hasBias: true,
};

/** States of all kinds: never seen, generated once or often, in the prompt, end of the text. */
export function tokenStates(
  random: Random,
  V: number,
): Uint32Array<ArrayBuffer> {
  const kinds = [0, 0, 1, 5, IN_PROMPT, IN_PROMPT + 2, IS_END, IS_END + 1];
  return Uint32Array.from({ length: V }, () => at(kinds, random.below(8)));
}

/** Throws unless what is chosen is as good as what the twin chooses. */
export async function assertChooses(
  harness: Harness,
  draws: Draws,
  label: string,
): Promise<void> {
  const actual = await sample(harness, draws);
  const expected = {
    ...actual,
    choice: new Uint32Array(actual.choice),
    // Processing rounds a logit a few times: one that many floats below the cut may be at it.
    cut: actual.cut.map((cut) => Math.max(cut, 64) - 64),
  };
  const sums = twin(expected);
  actual.choice.forEach((token, r) => {
    const row = sums[r] ?? new Float64Array(0);
    const short = at(row, at(expected.choice, r)) - at(row, token);
    // Noise of -log(-log(1 - w)) is off by up to 1e-3 where log(1 - w) is computed near 1 on the least exact
    // device (WGSL, 15.7.4): only two sums that close may be taken for each other.
    assert(short <= 1e-3, `${label}: row ${r} is short by ${short}`);
  });
}
