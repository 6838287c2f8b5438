import { loadModel, type LoadOptions } from "../decode/mod.ts";

/** What a drafter does for its target. */
export interface DrafterMeasurement {
  /** Tokens a target pass commits with it. */
  readonly tokensPerRound: number;
  /** Tokens a second with it. */
  readonly tokensPerSecond: number;
  /** Tokens a second without. */
  readonly plainTokensPerSecond: number;
}

/** Prompts and tokens of each: a few seconds' work even without a GPU. */
const NUM_PROMPTS = 8;
const NUM_TOKENS = 60;

/**
 * Lets the engine continue a few texts with a drafter and without, at temperature 0.
 *
 * @param model Directory of the target.
 * @param draft Directory of the drafter.
 * @param args Ids to continue, how to load the target, and what to call for each text.
 * @returns What was measured.
 * @throws {GpuError} If the device fails.
 */
export async function measureDrafter(
  model: string | URL,
  draft: string,
  args: {
    readonly prompts: readonly (readonly number[])[];
    readonly load: LoadOptions;
    readonly onProgress: (done: number, total: number) => void;
  },
): Promise<DrafterMeasurement> {
  const prompts = args.prompts.slice(0, NUM_PROMPTS);
  let done = 0;
  const advance = (): void => args.onProgress(done++, 2 * prompts.length);
  const measure = (draft: string): Promise<Measured> =>
    generateAll(model, prompts, { load: { ...args.load, draft }, advance });
  const plain = await measure("none");
  const drafting = await measure(draft);
  return {
    tokensPerRound: drafting.numTokens / drafting.numRounds,
    tokensPerSecond: drafting.numTokens / drafting.seconds,
    plainTokensPerSecond: plain.numTokens / plain.seconds,
  };
}

interface Measured {
  readonly numTokens: number;
  readonly numRounds: number;
  readonly seconds: number;
}

async function generateAll(
  source: string | URL,
  prompts: readonly (readonly number[])[],
  args: { readonly load: LoadOptions; readonly advance: () => void },
): Promise<Measured> {
  using model = await loadModel(source, args.load);
  let [numTokens, numRounds, seconds] = [0, 0, 0];
  for (const prompt of prompts) {
    args.advance();
    const text = model.generate(prompt, {
      maxTokens: NUM_TOKENS,
      temperature: 0,
      ignoreEos: true,
    });
    let next = await text.next();
    while (!next.done) next = await text.next();
    const { generatedTokens, rounds, decodeMs } = next.value;
    // The first token is the prefill's.
    numTokens += Math.max(0, generatedTokens - 1);
    numRounds += rounds;
    seconds += decodeMs / 1000;
  }
  return { numTokens, numRounds, seconds };
}
