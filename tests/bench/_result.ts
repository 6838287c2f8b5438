import type { BenchResult } from "../../src/bench/mod.ts";
import { run } from "./_runs.ts";

const ONE = { median: 1, min: 1, max: 1 };
const PLAIN = {
  name: "plain",
  drafter: null,
  policy: "fixed",
  memoryBytes: 2 ** 21,
  bandwidthShare: 0.125,
  tokensPerSecond: { median: 200, min: 150, max: 250.4 },
  ratio: ONE,
  tokensPerRound: 1,
  firstTokenMs: { median: 3.25, min: 2, max: 10 },
  roundsPerSecond: 200,
  acceptedPerDepth: [],
  roundMs: { verify: 3, accept: 0.5, draft: 0 },
  idleShare: 0.3,
} as const;

/** The same by category. */
export const CATEGORIES: BenchResult["categories"] = ["qa", "<u>"].map((
  category,
) => ({
  category,
  numPrompts: 2,
  ways: [1, 1.5, 0.5].map((median) => ({
    tokensPerSecond: ONE,
    ratio: { ...ONE, median },
    tokensPerRound: null,
  })),
}));

/** What was measured of plain decoding and two drafters, one with a name that means something in HTML. */
export const RESULT: BenchResult = {
  model: "<b>models & co</b>",
  device: "fake",
  dtype: "f32",
  quantize: null,
  kvCache: "q8",
  loadMs: 1234.5678,
  numPrompts: 2,
  maxTokens: 64,
  temperature: 0,
  seed: 7,
  repeat: 1,
  isFinished: true,
  differences: [],
  stepBytes: 5e6,
  copyBytesPerSecond: 8e9,
  rows: [1, 2, 4].map((numRows) => ({
    numRows,
    ms: ONE,
    ratio: 1 + numRows / 4 - 0.25,
  })),
  tuned: [],
  ways: [
    PLAIN,
    {
      ...PLAIN,
      name: "<i>a</i>, auto",
      drafter: "jakiro",
      policy: "kept",
      tokensPerSecond: { median: 300, min: 290, max: 310 },
      ratio: { median: 1.5, min: 1.24, max: 2 },
      tokensPerRound: 2.3456,
      acceptedPerDepth: [0.75, 0.5, 0.25],
      roundMs: { verify: 4, accept: 0.5, draft: 2.5 },
      idleShare: 0.125,
    },
    { ...PLAIN, name: "b, tree 8", drafter: "eagle", acceptedPerDepth: [0.5] },
  ],
  categories: [],
  turns: [0, 1].map((prompt) => ({
    prompt,
    repetition: 0,
    runs: [run(), run(), run()],
  })),
};
