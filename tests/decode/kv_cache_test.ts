import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { collect } from "./_collect.ts";
import {
  type GenerateOptions,
  type GenerateStatistics,
  loadModel,
  type Model,
} from "../../mod.ts";
import { resolveCacheFormat } from "../../src/decode/resolve_cache_format.ts";

const STORIES = new URL("../../weights/stories260k/", import.meta.url);
const PROMPT = [1, 403, 407, 261, 378];
const TREE = { numNodes: 16, depth: 3, topK: 4 };

/** Generates, and gives the log probabilities too, functions of all logits that they are of. */
async function run(
  model: Model,
  prompt: readonly number[],
): Promise<{ statistics: GenerateStatistics; logProbs: readonly number[] }> {
  const options: GenerateOptions = {
    temperature: 0.8,
    seed: 4,
    maxTokens: 30,
    ignoreEos: true,
    logProbs: true,
  };
  const { chunks, statistics } = await collect(model.generate(prompt, options));
  const logProbs = chunks.flatMap(({ logProbs }) => logProbs ?? []);
  assertEquals(logProbs.length, statistics.generatedTokens);
  return { statistics, logProbs };
}

for (const kvCache of ["f16", "q8"] as const) {
  Deno.test(`Model.generate() reuses a prefix in a cache in ${kvCache} and still writes the same text`, async () => {
    const load = { kvCache, tree: TREE } as const;
    using model = await loadModel(STORIES, load);
    using fresh = await loadModel(STORIES, load);
    const first = (await run(model, PROMPT)).statistics;
    // Most of these keys were written by nodes of trees, and moved.
    const longer = [...PROMPT, ...first.tokens, 426, 338];
    const second = await run(model, longer);
    // A drafter goes on behind the last hidden state, which has to be made again.
    assertEquals(
      second.statistics.cachedTokens,
      PROMPT.length + first.tokens.length - 2,
    );
    const expected = await run(fresh, longer);
    assertEquals(expected.statistics.cachedTokens, 0);
    assertEquals(second.statistics.tokens, expected.statistics.tokens);
    assertEquals(second.logProbs, expected.logProbs);
  });
}

Deno.test("loadModel() stores the KV cache as the model's numbers unless told otherwise", async () => {
  const bytes: number[] = [];
  const texts: (readonly number[])[] = [];
  for (const kvCache of [undefined, "auto", "f32", "f16", "q8"] as const) {
    using model = await loadModel(STORIES, {
      draft: "none",
      contextLength: 256,
      ...kvCache === undefined ? {} : { kvCache },
    });
    bytes.push(model.allocatedBytes);
    texts.push((await run(model, PROMPT)).logProbs);
  }
  const [left = NaN, auto, f32, f16 = NaN, q8 = NaN] = bytes;
  assertEquals([auto, f32], [left, left]);
  assertEquals(texts[1], texts[0]);
  assertEquals(texts[2], texts[0]);
  // Keys and values of 5 layers, 256 positions and 4 heads of 8.
  const numHeads = 2 * 5 * 256 * 4;
  assertEquals(left - f16, numHeads * 8 * 2);
  // 8 bytes and a scale; 64 rows, on a software adapter, are on their way in f32.
  const onTheirWay = left - numHeads * 8 * 4 + numHeads * 12;
  assert(q8 > onTheirWay && q8 <= onTheirWay + 2 * 256 * 4 * 8 * 4);
});

Deno.test("loadModel() refuses a format of the KV cache that there is not", async () => {
  const options = JSON.parse('{ "kvCache": "q4" }');
  await assertRejects(
    () => loadModel(STORIES, options),
    TypeError,
    'Cannot load the model as "kvCache" must be auto, f32, f16 or q8: q4',
  );
});

Deno.test("resolveCacheFormat() takes f16 only where the adapter has it, and q8 everywhere", () => {
  const adapter = {
    name: "some adapter",
    isSoftware: false,
    isInline: false,
    features: [],
  };
  const [bare, full] = [false, true].map((hasF16) => ({ hasF16, adapter }));
  assert(bare !== undefined && full !== undefined);
  for (const wanted of ["f32", "q8"] as const) {
    assertEquals(resolveCacheFormat(bare, wanted, "f32"), wanted);
  }
  assertEquals(resolveCacheFormat(bare, "auto", "f32"), "f32");
  assertEquals(resolveCacheFormat(full, undefined, "f16"), "f16");
  assertEquals(resolveCacheFormat(full, "f16", "f32"), "f16");
  const error = assertThrows(
    () => resolveCacheFormat(bare, "f16", "f32"),
    TypeError,
  );
  assertEquals(
    error.message,
    "Cannot store the KV cache in f16 as the adapter must have shader-f16: some adapter has not",
  );
});
