import {
  type GenerateOptions,
  type GenerateStatistics,
  loadModel,
  type TreeOptions,
} from "../mod.ts";

/** How many tokens a round commits. */
export interface AcceptanceMeasurement {
  readonly temperature: number;
  readonly numPrompts: number;
  /** All tokens over all rounds. */
  readonly tokensPerRound: number;
  /** Standard error of the mean over prompts. */
  readonly standardError: number;
  /** Portion of the rounds that accepted at least 1, 2, … drafted tokens. */
  readonly acceptedPerDepth: readonly number[];
}

/** First tokens of a text that make a prompt, the one that begins every text included. */
const PROMPT_TOKENS = 16;
/** Texts written side by side, so that the device works while the host waits for one of them. */
const NUM_GENERATORS = 4;

/**
 * Counts the tokens that a round commits, the next root included, behind prompts that the model writes itself.
 *
 * @param model Directory of the model.
 * @param options Drafter, trees, prompts, tokens of each text, temperatures; the seeds are fixed.
 * @returns A measurement for each temperature.
 */
export async function measureTokensPerRound(
  model: string | URL,
  options: {
    readonly draft?: string | URL;
    readonly tree: TreeOptions;
    readonly numPrompts: number;
    readonly numTokens: number;
    readonly temperatures: readonly number[];
  },
): Promise<AcceptanceMeasurement[]> {
  const { tree, draft, numTokens, numPrompts, temperatures } = options;
  using loaded = await loadModel(model, {
    tree,
    contextLength: PROMPT_TOKENS + numTokens,
    ...draft === undefined ? {} : { draft },
  });
  const { bosTokenId } = loaded.config;
  if (bosTokenId === null) {
    throw new RangeError(
      "Cannot let the model write prompts as its config.json must have a bos_token_id: found none",
    );
  }
  const writeAll = async (
    prompts: readonly (readonly number[])[],
    generating: GenerateOptions,
  ): Promise<GenerateStatistics[]> => {
    const texts: GenerateStatistics[] = [];
    const waiting = prompts.entries();
    const work = async (): Promise<void> => {
      for (const [seed, prompt] of waiting) {
        texts[seed] = await finish(loaded.generate(prompt, {
          topK: 0,
          topP: 1,
          minP: 0,
          ...generating,
          seed,
          ignoreEos: true,
        }));
      }
    };
    await Promise.all(Array.from({ length: NUM_GENERATORS }, work));
    return texts;
  };
  const beginnings = await writeAll(
    Array.from({ length: numPrompts }, () => [bosTokenId]),
    { temperature: 1, maxTokens: PROMPT_TOKENS - 1 },
  );
  const prompts = beginnings.map(({ tokens }) => [bosTokenId, ...tokens]);
  const measurements: AcceptanceMeasurement[] = [];
  for (const temperature of temperatures) {
    const texts = await writeAll(prompts, {
      temperature,
      maxTokens: numTokens,
    });
    measurements.push({ temperature, ...summarize(texts) });
  }
  return measurements;
}

async function finish(
  generator: ReturnType<Awaited<ReturnType<typeof loadModel>>["generate"]>,
): Promise<GenerateStatistics> {
  let next = await generator.next();
  while (!next.done) next = await generator.next();
  return next.value;
}

function summarize(
  texts: readonly GenerateStatistics[],
): Omit<AcceptanceMeasurement, "temperature"> {
  const sum = (values: readonly number[]): number =>
    values.reduce((total, value) => total + value, 0);
  const numRounds = sum(texts.map(({ rounds }) => rounds));
  const each = texts.map(({ tokensPerRound }) => tokensPerRound);
  const mean = sum(each) / each.length;
  const squares = sum(each.map((value) => (value - mean) ** 2));
  const depth = Math.max(
    ...texts.map(({ acceptedPerDepth }) => acceptedPerDepth.length),
  );
  return {
    numPrompts: texts.length,
    tokensPerRound:
      sum(texts.map(({ generatedTokens }) => generatedTokens - 1)) /
      numRounds,
    standardError: Math.sqrt(squares / (each.length - 1) / each.length),
    acceptedPerDepth: Array.from(
      { length: depth },
      (_, level) =>
        sum(texts.map(({ acceptedPerDepth }) => acceptedPerDepth[level] ?? 0)) /
        numRounds,
    ),
  };
}
