import { countCommon } from "../decode/count_common.ts";
import type { TurnRuns } from "./measure_ways.ts";

/** A text that is not the one that plain decoding writes. */
export interface Difference {
  /** Which way wrote it. */
  readonly way: number;
  /** Behind which prompt. */
  readonly prompt: number;
  /** Which time. */
  readonly repetition: number;
  /** Tokens before the first that differs. */
  readonly numCommon: number;
}

/**
 * Looks for texts that are not those of the first way.
 *
 * @param turns What all ways did.
 * @returns Those that differ by at least one token.
 */
export function findDifferences(
  turns: readonly TurnRuns[],
): readonly Difference[] {
  return turns.flatMap(({ prompt, repetition, runs }) => {
    const expected = runs[0]?.tokens ?? [];
    return runs.flatMap(({ tokens }, way) => {
      const numCommon = countCommon(tokens, expected);
      const isSame = numCommon === Math.max(tokens.length, expected.length);
      return isSame ? [] : [{ way, prompt, repetition, numCommon }];
    });
  });
}
