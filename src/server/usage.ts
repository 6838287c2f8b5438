import type { GenerateStatistics } from "../decode/mod.ts";

/** Tokens of a request, as the OpenAI API counts them. */
export interface Usage {
  /** Tokens of the prompts. */
  readonly prompt_tokens: number;
  /** Tokens generated. */
  readonly completion_tokens: number;
  /** Both. */
  readonly total_tokens: number;
  /** Of the prompts'. */
  readonly prompt_tokens_details: {
    /** Those that needed no pass, as an earlier request had begun alike. */
    readonly cached_tokens: number;
  };
  /** Of those generated, and beyond. */
  readonly completion_tokens_details: {
    /** Those that the drafter had proposed. */
    readonly accepted_prediction_tokens: number;
    /** What the drafter had proposed in vain; these are not generated, and counted nowhere else. */
    readonly rejected_prediction_tokens: number;
  };
}

/**
 * Counts the tokens of a request.
 *
 * @param answers For each prompt, its answers: the prompt counts once.
 * @returns The counts.
 */
export function countUsage(
  answers: readonly (readonly GenerateStatistics[])[],
): Usage {
  const all = answers.flat();
  const prompts = answers.flatMap((sameOf) => sameOf.slice(0, 1));
  const promptTokens = total(prompts, ({ promptTokens }) => promptTokens);
  const completionTokens = total(all, (answer) => answer.generatedTokens);
  const accepted = total(
    all,
    ({ acceptedPerDepth }) => total(acceptedPerDepth, (rounds) => rounds),
  );
  const drafted = total(all, ({ draftedTokens }) => draftedTokens);
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: {
      cached_tokens: total(prompts, ({ cachedTokens }) => cachedTokens),
    },
    completion_tokens_details: {
      accepted_prediction_tokens: accepted,
      rejected_prediction_tokens: drafted - accepted,
    },
  };
}

function total<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}
