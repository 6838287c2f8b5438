import { assert, assertEquals } from "@std/assert";
import { collect } from "../decode/_collect.ts";
import { type GenerateOptions, loadModel, type Model } from "../../mod.ts";

const STORIES = new URL("../../weights/stories260k/", import.meta.url);
const PROMPT = [1, 403, 407, 261, 378];
const CONTEXT = 40;

/** How a text ended, with and without a drafter; fails where that differs. */
async function endings(
  models: readonly [Model, Model],
  options: GenerateOptions,
): Promise<{ stop: string; numTokens: number; numRounds: number }> {
  const [plain, drafted] = await Promise.all(
    models.map(async (model) => {
      const { statistics } = await collect(model.generate(PROMPT, options));
      return statistics;
    }),
  );
  assert(plain !== undefined && drafted !== undefined);
  assertEquals(drafted.tokens, plain.tokens);
  assertEquals(drafted.stop, plain.stop);
  assertEquals(drafted.text, plain.text);
  const { stop, tokens, rounds } = drafted;
  return { stop, numTokens: tokens.length, numRounds: rounds };
}

Deno.test("Model.generate() ends at the same token whether or not a round would go on behind it", async () => {
  using plain = await loadModel(STORIES, {
    draft: "none",
    contextLength: CONTEXT,
  });
  using drafted = await loadModel(STORIES, {
    contextLength: CONTEXT,
    tree: { numNodes: 33, depth: 4, topK: 4 },
  });
  const models = [plain, drafted] as const;
  for (let maxTokens = 0; maxTokens <= 12; maxTokens++) {
    const { stop, numTokens } = await endings(models, { maxTokens });
    assertEquals([stop, numTokens], ["length", maxTokens]);
  }
  const full = await endings(models, { temperature: 0 });
  assertEquals([full.stop, full.numTokens], ["context", 35]);
  // Rounds commit several tokens, so that borders fall within them.
  assert(full.numRounds < 20);
  const ends = new Set<number>();
  for (let seed = 0; seed < 12; seed++) {
    const { stop, numTokens } = await endings(models, {
      temperature: 1,
      seed,
      // The model ends a text of this length next to never by itself.
      logitBias: new Map([[plain.config.eosTokenIds[0] ?? 2, 24]]),
    });
    if (stop === "eos") ends.add(numTokens);
  }
  assert(ends.size >= 3, `ended after ${[...ends]} tokens`);
});
