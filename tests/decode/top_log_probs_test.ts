import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { loadModel } from "../../mod.ts";
import { collect } from "./_collect.ts";
import { TargetRun } from "../model/_target_run.ts";

const STORIES = new URL("../../weights/stories260k/", import.meta.url);
const PROMPT = [1, 403, 407, 261, 378];
const SAMPLING = {
  temperature: 1.5,
  topK: 20,
  repetitionPenalty: 1.3,
  seed: 5,
  maxTokens: 24,
};

Deno.test("Model.generate() reports the likeliest tokens of the unprocessed distribution", async () => {
  using model = await loadModel(STORIES, { draft: "none", dtype: "f32" });
  using target = await TargetRun.open(STORIES);
  for (const topLogProbs of [1, 20]) {
    const { chunks, statistics: { tokens } } = await collect(
      model.generate(PROMPT, { ...SAMPLING, topLogProbs }),
    );
    const lists = chunks.flatMap((chunk) => chunk.topLogProbs ?? []);
    const own = chunks.flatMap((chunk) => chunk.logProbs ?? []);
    assertEquals([lists.length, own.length], [24, 24]);
    const { logits } = await target.pass([...PROMPT, ...tokens], 0);
    for (const [index, list] of lists.entries()) {
      const row = [...logits[PROMPT.length - 1 + index] ?? []];
      const sum = row.reduce((total, logit) => total + Math.exp(logit), 0);
      const expected = row.map((logit, token) => ({ token, logit }))
        .sort((a, b) => b.logit - a.logit).slice(0, topLogProbs);
      assertEquals(
        list.map(({ token }) => token),
        expected.map(({ token }) => token),
      );
      list.forEach(({ token, logProb }, rank) => {
        const { logit = NaN } = expected[rank] ?? {};
        // f32 sums of 512 exponentials.
        assertAlmostEquals(logProb, logit - Math.log(sum), 1e-4);
        if (token !== tokens[index]) return;
        assertAlmostEquals(logProb, own[index] ?? NaN, 1e-6);
      });
    }
  }
});

Deno.test("Model.generate() reports the same likeliest tokens with a drafter, and none unless asked to", async () => {
  using plain = await loadModel(STORIES, { draft: "none", dtype: "f32" });
  using drafting = await loadModel(STORIES, {
    dtype: "f32",
    tree: { numNodes: 16, depth: 4, topK: 4 },
  });
  for (const topLogProbs of [3, 20]) {
    for (const sampling of [{ ...SAMPLING, temperature: 0 }, SAMPLING]) {
      const options = { ...sampling, maxTokens: 60, topLogProbs };
      const expected = await collect(plain.generate(PROMPT, options));
      const actual = await collect(drafting.generate(PROMPT, options));
      assert(actual.statistics.rounds < 59);
      assertEquals(
        actual.chunks.flatMap((chunk) => chunk.topLogProbs ?? []),
        expected.chunks.flatMap((chunk) => chunk.topLogProbs ?? []),
      );
    }
  }
  for (const topLogProbs of [0, undefined]) {
    const options = {
      maxTokens: 3,
      ...topLogProbs === 0 ? { topLogProbs } : {},
    };
    const { chunks } = await collect(drafting.generate(PROMPT, options));
    for (const chunk of chunks) {
      assertEquals(["topLogProbs" in chunk, "logProbs" in chunk], [
        false,
        false,
      ]);
    }
  }
});
