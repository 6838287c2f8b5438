import { assertEquals } from "@std/assert";
import { CHOICES } from "./_combinations.ts";
import { collect } from "../decode/_collect.ts";
import {
  type GenerateOptions,
  loadModel,
  type LoadOptions,
} from "../../mod.ts";

const STORIES = new URL("../../weights/stories260k/", import.meta.url);

/** Ways to choose tokens under which texts are compared. */
export const SAMPLINGS: readonly GenerateOptions[] = Object.values(CHOICES);

/** What came of a comparison. */
export interface LosslessResult {
  readonly numTexts: number;
  readonly numTokens: number;
  readonly tokensPerRound: number;
}

/**
 * Generates with and without a drafter, and fails unless the ids are the same.
 *
 * @param load How to load the model that drafts.
 * @param args Prompts, tokens of each text, ways to choose.
 */
export async function assertLossless(
  load: LoadOptions,
  args: {
    readonly numPrompts: number;
    readonly maxTokens: number;
    readonly samplings: readonly GenerateOptions[];
  },
): Promise<LosslessResult> {
  const { dtype = "f32", kvCache = "auto" } = load;
  using plain = await loadModel(STORIES, { dtype, kvCache, draft: "none" });
  using drafting = await loadModel(STORIES, { dtype, ...load });
  let numTexts = 0;
  let numTokens = 0;
  let numRounds = 0;
  for (let index = 0; index < args.numPrompts; index++) {
    const seeded = { temperature: 1, seed: index, maxTokens: 15 };
    const { statistics } = await collect(plain.generate([1], seeded));
    const prompt = [1, ...statistics.tokens];
    for (const sampling of args.samplings) {
      const options = {
        ...sampling,
        maxTokens: args.maxTokens,
        logProbs: true,
        ignoreEos: true,
      };
      const expected = await collect(plain.generate(prompt, options));
      const actual = await collect(drafting.generate(prompt, options));
      assertEquals(actual.statistics.tokens, expected.statistics.tokens);
      // Log probabilities are functions of all logits of their positions: equal bits of one are a witness
      // for the others.
      assertEquals(
        actual.chunks.flatMap(({ logProbs }) => logProbs ?? []),
        expected.chunks.flatMap(({ logProbs }) => logProbs ?? []),
      );
      numTexts++;
      numTokens += actual.statistics.generatedTokens - 1;
      numRounds += actual.statistics.rounds;
    }
  }
  return { numTexts, numTokens, tokensPerRound: numTokens / numRounds };
}
