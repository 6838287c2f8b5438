import { assert, assertEquals, assertRejects } from "@std/assert";
import { loadWays } from "../../src/decode/load_model.ts";
import { type BenchOptions, runBench } from "../../src/bench/mod.ts";
import { runWay } from "../../src/bench/run_way.ts";

const STORIES = new URL("../../weights/stories260k/", import.meta.url);
const GOLDEN = new URL("../golden/stories260k_jakiro.json", import.meta.url);
const LOAD = { contextLength: 256, kvCache: "q8" } as const;

async function readGolden(): Promise<{ prompt: number[]; ids: number[] }> {
  const { cases } = JSON.parse(await Deno.readTextFile(GOLDEN));
  return { prompt: cases[0].prompt, ids: cases[0].plain_greedy };
}

function options(prompts: readonly (readonly number[])[]): BenchOptions {
  return {
    load: LOAD,
    ways: [{ tree: { numNodes: 4 }, name: ({ drafter }) => `${drafter} 4` }],
    prompts: () =>
      prompts.map((ids, index) => ({ ids, category: `c${index}` })),
    maxTokens: 12,
    temperature: 0,
    ignoreEos: false,
    seed: 0,
    repeat: 2,
  };
}

Deno.test("runBench() measures the golden texts in all ways", async () => {
  const { prompt, ids } = await readGolden();
  const done: number[] = [];
  const result = await runBench(STORIES, {
    ...options([prompt]),
    onProgress: (progress) => {
      assertEquals(progress.total, 4);
      done.push(progress.done);
    },
  });
  assertEquals(done, [0, 1, 2, 3, 4]);
  assertEquals(result.ways.map(({ name }) => name), ["plain", "jakiro 4"]);
  assertEquals(result.turns.length, 2);
  for (const { runs } of result.turns) {
    for (const { tokens } of runs) assertEquals(tokens, ids.slice(0, 12));
  }
  assertEquals([result.differences, result.isFinished], [[], true]);
  // The sizes of stories260k, whose head is its embedding: 5 layers of 64 columns, 172 wide.
  const layer = (64 + 2 * 32) * 64 + 64 * 64 + 2 * 172 * 64 + 64 * 172;
  const padding = (352 - 2 * 172) * 64;
  assertEquals(result.stepBytes, 4 * (512 * 64 + 5 * (layer + padding)));
  const [plain, drafting] = result.ways;
  assert(plain && drafting && drafting.memoryBytes > plain.memoryBytes);
  assert(plain.memoryBytes > result.stepBytes);
  assertEquals([plain.drafter, drafting.drafter], [null, "jakiro"]);
  assertEquals([plain.policy, drafting.policy], ["fixed", "fixed"]);
  const { dtype, quantize, kvCache, categories } = result;
  assertEquals([dtype, quantize, kvCache], ["f32", null, "q8"]);
  assertEquals(categories, [{
    category: "c0",
    numPrompts: 1,
    ways: result.ways.map(({ tokensPerSecond, ratio, tokensPerRound }) => ({
      tokensPerSecond,
      ratio,
      tokensPerRound,
    })),
  }]);
  assertEquals([plain.tokensPerRound, plain.acceptedPerDepth], [1, []]);
  assert((drafting.tokensPerRound ?? 0) > 1);
  assert(drafting.acceptedPerDepth.every((share) => share > 0 && share <= 1));
  // The software adapter of the tests has a clock.
  assert((result.copyBytesPerSecond ?? 0) > 0);
  const counts = result.rows?.map(({ numRows }) => numRows);
  assertEquals(counts, [1, 2, 4, 8, 16, 32, 64]);
  assert(plain.bandwidthShare !== null && plain.bandwidthShare > 0);
});

Deno.test("runBench() leaves out ways without a drafter, and refuses what it cannot measure", async () => {
  const { prompt } = await readGolden();
  const controller = new AbortController();
  const plain = await runBench(STORIES, {
    ...options([prompt]),
    ways: [{ draft: "none", name: () => "other" }],
    signal: controller.signal,
    // Before the first generation.
    onProgress: () => controller.abort(),
  });
  assertEquals(plain.ways.map(({ name }) => name), ["plain"]);
  assertEquals([plain.rows, plain.turns, plain.isFinished], [null, [], false]);
  await assertRejects(
    () => runBench(STORIES, options([prompt, Array(245).fill(1)])),
    RangeError,
    "Cannot measure prompt 2 as it must have 1 to 244 tokens, so that the context of 256 holds 12 more: it has 245",
  );
});

Deno.test("runWay() begins with an empty cache, whatever was generated before", async () => {
  using loaded = await loadWays(STORIES, {
    ...LOAD,
    ways: [{ draft: "none" }, { tree: { numNodes: 4 } }],
  });
  const generating = { maxTokens: 4, temperature: 0 };
  for (const way of loaded.ways) {
    for (let time = 0; time < 2; time++) {
      const { cachedTokens } = await runWay(way, [1, 403, 407], generating);
      assertEquals(cachedTokens, 0);
    }
  }
  const { gpu, ways: [plain, drafting] } = loaded;
  const own = plain.ownBytes + (drafting?.ownBytes ?? NaN);
  // The network is there once, and neither way's.
  assert(gpu.allocatedBytes - own > loaded.target.stepBytes);
  assert(gpu.allocatedBytes - own < 2 * loaded.target.stepBytes);
});
