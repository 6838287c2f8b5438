import { summarizeWay, type WayFigures } from "./summarize_way.ts";
import type { TurnRuns } from "./measure_ways.ts";

/** What was measured behind the prompts of one category. */
export interface CategoryResult {
  /** Its name. */
  readonly category: string;
  /** Prompts of it that were measured. */
  readonly numPrompts: number;
  /** Figures of each way. */
  readonly ways: readonly CategoryFigures[];
}

/** What is told of a way in one category. */
export type CategoryFigures = Pick<
  WayFigures,
  "tokensPerSecond" | "ratio" | "tokensPerRound"
>;

/**
 * Sums up what all ways did, category by category.
 *
 * @param turns What they did.
 * @param categories That of each prompt, or null where it has none.
 * @returns The categories, in the order in which they come first; without those of which nothing was measured.
 */
export function summarizeCategories(
  turns: readonly TurnRuns[],
  categories: readonly (string | null)[],
): readonly CategoryResult[] {
  const grouped = Map.groupBy(turns, ({ prompt }) => categories[prompt]);
  const names = new Set(categories.filter((name) => name !== null));
  return [...names].flatMap((category): CategoryResult[] => {
    const own = grouped.get(category);
    if (own === undefined) return [];
    const ways = own[0]?.runs.map((_, way): CategoryFigures => {
      const { tokensPerSecond, ratio, tokensPerRound } = summarizeWay(own, way);
      return { tokensPerSecond, ratio, tokensPerRound };
    }) ?? [];
    const numPrompts = new Set(own.map(({ prompt }) => prompt)).size;
    return [{ category, numPrompts, ways }];
  });
}
