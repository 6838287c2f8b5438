import { assert, assertEquals, assertRejects } from "@std/assert";
import { loadModel } from "../../mod.ts";
import { maxDifference, TargetRun } from "../model/_target_run.ts";
import { collect } from "./_collect.ts";

const STORIES = new URL("../../weights/stories260k/", import.meta.url);
const IDS = [1, 403, 407, 261, 378, 432, 383, 286, 261, 376];

/** A vector of length 1 in the same direction. */
function scaled(values: readonly number[]): number[] {
  const length = Math.sqrt(
    values.reduce((sum, value) => sum + value * value, 0),
  );
  return values.map((value) => value / length);
}

Deno.test("Model.embed() gives the hidden state of the last token, scaled to length 1", async () => {
  using model = await loadModel(STORIES, { dtype: "f32" });
  using target = await TargetRun.open(STORIES);
  for (const length of [1, 2, IDS.length]) {
    const ids = IDS.slice(0, length);
    const { hidden } = await target.pass(ids, 0);
    const embedding = await model.embed(ids);
    assertEquals(embedding.length, model.config.hiddenSize);
    const expected = scaled(hidden.at(-1) ?? []);
    // A last division, rounded to f32.
    assert(maxDifference(embedding, expected) < 1e-6);
  }
});

Deno.test("Model.embed() gives the same bits whatever is in the cache, in passes of any length, and leaves texts as they are", async () => {
  using model = await loadModel(STORIES, { dtype: "f32" });
  using fresh = await loadModel(STORIES, { dtype: "f32" });
  const options = { temperature: 1, seed: 3, maxTokens: 30 };
  const long = Array.from({ length: 150 }, (_, i) => 3 + i * 7 % 500);
  const expected = await fresh.embed(long);
  const { statistics } = await collect(model.generate(long, options));
  assertEquals(await model.embed(long), expected);
  assertEquals(await model.embed(long), expected);
  const other = await model.embed([...long.slice(0, 90), 5]);
  assert(maxDifference(other, expected) > 0.01);
  const again = await collect(model.generate(long, options));
  assertEquals(again.statistics.tokens, statistics.tokens);
  const [one, two] = await Promise.all([
    model.embed(long),
    model.embed(IDS),
  ]);
  assertEquals(one, expected);
  assertEquals(two, await fresh.embed(IDS));
});

Deno.test("Model.embed() refuses no ids, too many, and others than the model's", async () => {
  using model = await loadModel(STORIES, { draft: "none", contextLength: 16 });
  await assertRejects(() => model.embed([]), RangeError, "at least one token");
  await assertRejects(
    () => model.embed(Array.from({ length: 16 }, () => 5)),
    RangeError,
    "shorter than the context of 16 tokens: it has 16",
  );
  await assertRejects(() => model.embed([512]), RangeError, "[0, 511]: 512");
});
