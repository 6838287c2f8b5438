import type { Run } from "../../src/bench/measure_ways.ts";

/** A generation of ten tokens, 2 s long, with other figures where they matter. */
export function run(figures: Partial<Run> = {}): Run {
  return {
    acceptedPerDepth: [],
    decodeMs: 2000,
    generatedTokens: 10,
    idleShare: null,
    prefillMs: 30,
    roundMs: null,
    rounds: 9,
    stop: "length",
    tokens: [1, 2, 3],
    tokensPerSecond: 4.5,
    ...figures,
  };
}
