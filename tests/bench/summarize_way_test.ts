import { assertEquals } from "@std/assert";
import { idleMs } from "../../src/bench/idle_ms.ts";
import { summarizeTurns } from "../../src/bench/measure_rows.ts";
import { summarizeWay } from "../../src/bench/summarize_way.ts";
import { run } from "./_runs.ts";

const TURNS = [
  {
    prompt: 0,
    repetition: 0,
    runs: [
      run({ tokensPerSecond: 100, prefillMs: 10 }),
      run({
        tokensPerSecond: 150,
        prefillMs: 20,
        generatedTokens: 13,
        rounds: 4,
        decodeMs: 100,
        acceptedPerDepth: [4, 3, 1],
        roundMs: { verify: 4, accept: 1, draft: 2 },
        idleShare: 0.25,
      }),
    ],
  },
  {
    prompt: 1,
    repetition: 0,
    runs: [
      run({ tokensPerSecond: 200 }),
      run({
        tokensPerSecond: 100,
        prefillMs: 60,
        generatedTokens: 9,
        rounds: 6,
        decodeMs: 400,
        acceptedPerDepth: [2],
        roundMs: { verify: 8, accept: 3, draft: 2 },
        idleShare: 0.75,
      }),
    ],
  },
  // An answer that ends with its first token says nothing of speed.
  {
    prompt: 2,
    repetition: 0,
    runs: [1, 2].map(() =>
      run({
        tokensPerSecond: 0,
        prefillMs: 40,
        generatedTokens: 1,
        rounds: 0,
        decodeMs: 0,
      })
    ),
  },
];

Deno.test("summarizeWay() sums up speeds, ratios, tokens and times of a round", () => {
  assertEquals(summarizeWay(TURNS, 1), {
    tokensPerSecond: { median: 125, min: 100, max: 150 },
    ratio: { median: 1, min: 0.5, max: 1.5 },
    // 12 and 8 tokens behind the first ones, in 4 and 6 rounds.
    tokensPerRound: 2,
    firstTokenMs: { median: 40, min: 20, max: 60 },
    roundsPerSecond: 20,
    acceptedPerDepth: [0.6, 0.3, 0.1],
    roundMs: { verify: 6, accept: 2, draft: 2 },
    idleShare: 0.5,
  });
  assertEquals(summarizeWay(TURNS, 0).ratio, { median: 1, min: 1, max: 1 });
});

Deno.test("summarizeWay() knows nothing where nothing was measured", () => {
  const nothing = {
    tokensPerSecond: null,
    ratio: null,
    tokensPerRound: null,
    firstTokenMs: null,
    roundsPerSecond: null,
    acceptedPerDepth: [],
    roundMs: null,
    idleShare: null,
  };
  assertEquals(summarizeWay([], 1), nothing);
});

Deno.test("idleMs() is what the device waits for a round", () => {
  const roundMs = { verify: 6, accept: 1, draft: 2 };
  assertEquals(idleMs({ roundMs, idleShare: 0.25 }), 3);
  assertEquals(idleMs({ roundMs, idleShare: 0 }), 0);
  assertEquals(idleMs({ roundMs: null, idleShare: null }), null);
});

Deno.test("summarizeTurns() compares the shortest times", () => {
  const turns = [[2, 9, 8], [4, 3, 10], [3, 5, 7]];
  assertEquals(summarizeTurns([1, 2, 4], turns), [
    { numRows: 1, ms: { median: 3, min: 2, max: 4 }, ratio: 1 },
    { numRows: 2, ms: { median: 5, min: 3, max: 9 }, ratio: 1.5 },
    { numRows: 4, ms: { median: 8, min: 7, max: 10 }, ratio: 3.5 },
  ]);
  assertEquals(summarizeTurns([1, 2], []), null);
});
