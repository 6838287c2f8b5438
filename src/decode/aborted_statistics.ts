import type { GenerateStatistics } from "./options.ts";

/**
 * What a generation did that was aborted before it had a session.
 *
 * @param start Its prompt and seed, and when the caller asked, in milliseconds of `performance.now()`.
 * @returns The statistics.
 */
export function abortedStatistics(
  start: {
    readonly prompt: readonly number[];
    readonly seed: number;
    readonly calledMs: number;
  },
): GenerateStatistics {
  return {
    text: "",
    tokens: [],
    stop: "abort",
    seed: start.seed,
    promptTokens: start.prompt.length,
    cachedTokens: 0,
    generatedTokens: 0,
    rounds: 0,
    tokensPerRound: 0,
    acceptedPerDepth: [],
    draftedTokens: 0,
    roundMs: null,
    idleShare: null,
    prefillMs: performance.now() - start.calledMs,
    decodeMs: 0,
    tokensPerSecond: 0,
  };
}
