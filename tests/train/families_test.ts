import { assert, assertEquals, assertRejects } from "@std/assert";
import { collect } from "../decode/_collect.ts";
import { FAMILY_CONFIGS, writeFamily } from "../model/_families.ts";
import { loadModel } from "../../src/decode/mod.ts";
import { openDraftCheckpoint } from "../../src/checkpoint/mod.ts";
import { trainDrafter } from "../../src/train/mod.ts";
import { withDirectory } from "../checkpoint/tiny_model.ts";

const TOKENIZER = new URL(
  "../../weights/stories260k/tokenizer.json",
  import.meta.url,
);

/** Writes a target of a family, with the tokenizer of stories260k, and options that train two steps for it. */
async function writeTarget(directory: string, family: string) {
  const config = FAMILY_CONFIGS[family] ?? {};
  await writeFamily(directory, config);
  await Deno.copyFile(TOKENIZER, `${directory}/tokenizer.json`);
  return {
    model: directory,
    out: `${directory}/out`,
    numSequences: 2,
    length: 16,
    numTokens: 200,
    recipe: { totalSteps: 2 },
    backend: "wasm",
  } as const;
}

for (const family of ["Qwen2", "Phi-3 with long factors"]) {
  Deno.test(`trainDrafter() trains for ${family} what loads and leaves the text as it is`, async () => {
    await withDirectory(async (directory) => {
      const options = await writeTarget(directory, family);
      const { step, isFinished } = await trainDrafter(options);
      assertEquals([step, isFinished], [2, true]);
      using drafter = await openDraftCheckpoint(options.out);
      using plain = await loadModel(directory, { draft: "none" });
      const { headDim, ropeTheta, ropeScaling } = plain.config;
      assertEquals(drafter.config.headDim, headDim);
      assertEquals(drafter.config.ropeTheta, ropeTheta);
      assertEquals(drafter.config.ropeScaling, ropeScaling);
      using drafting = await loadModel(directory, { draft: options.out });
      const generation = {
        maxTokens: 40,
        temperature: 1,
        seed: 3,
        ignoreEos: true,
      };
      const prompt = [1, 403, 407];
      const expected = await collect(plain.generate(prompt, generation));
      const actual = await collect(drafting.generate(prompt, generation));
      assertEquals(
        actual.statistics.tokens,
        expected.statistics.tokens,
      );
      assert(expected.statistics.tokens.length >= 40);
    });
  });
}

Deno.test("trainDrafter() refuses a target whose logits go through a soft cap", async () => {
  await withDirectory(async (directory) => {
    const options = await writeTarget(directory, "Gemma 2");
    await assertRejects(
      () => trainDrafter(options),
      RangeError,
      'Cannot train a drafter for a gemma2 as its "final_logit_softcapping" must be absent, or guesses are weighed wrongly: 3',
    );
  });
});
