import { assertEquals } from "@std/assert";
import { summarizeCategories } from "../../src/bench/summarize_categories.ts";
import { summarizeWay } from "../../src/bench/summarize_way.ts";
import { run } from "./_runs.ts";

const TURNS = [0, 1, 2, 0, 1, 3].map((prompt, index) => ({
  prompt,
  repetition: Math.floor(index / 3),
  runs: [
    run({ tokensPerSecond: 100 }),
    run({ tokensPerSecond: 100 + 10 * index, rounds: prompt + 1 }),
  ],
}));

Deno.test("summarizeCategories() sums up the prompts of each, in the order of the prompts", () => {
  const found = summarizeCategories(TURNS, ["qa", "code", "qa", null, "rag"]);
  assertEquals(
    found.map(({ category, numPrompts }) => [category, numPrompts]),
    [["qa", 2], ["code", 1]],
  );
  const [qa, code] = found;
  assertEquals(code?.ways, [
    {
      tokensPerSecond: { median: 100, min: 100, max: 100 },
      ratio: { median: 1, min: 1, max: 1 },
      tokensPerRound: 1,
    },
    {
      tokensPerSecond: { median: 125, min: 110, max: 140 },
      ratio: { median: 1.25, min: 1.1, max: 1.4 },
      // Twice 9 tokens behind the first, in 2 rounds.
      tokensPerRound: 4.5,
    },
  ]);
  const { ratio } = summarizeWay(
    TURNS.filter(({ prompt }) => prompt % 2 === 0),
    1,
  );
  assertEquals(qa?.ways[1]?.ratio, ratio);
});

Deno.test("summarizeCategories() knows nothing of prompts without one, or that were not measured", () => {
  assertEquals(summarizeCategories(TURNS, [null, null, null, null]), []);
  assertEquals(summarizeCategories([], ["qa", "code"]), []);
});
