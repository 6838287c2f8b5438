import type { BenchResult, WayResult } from "./bench_result.ts";
import type { CategoryResult } from "./summarize_categories.ts";
import { formatFigure, formatShare, formatSpread } from "./format_figure.ts";
import { idleMs } from "./idle_ms.ts";

/** A table for people. */
export interface BenchTable {
  /** What its columns are. */
  readonly head: readonly string[];
  /** A row for each way, and of each category where it is by them. */
  readonly rows: readonly (readonly string[])[];
}

/**
 * Puts what was measured into tables: how fast each way is, what its rounds are like, and how fast it is by category.
 *
 * @param result What was measured.
 * @returns The tables; without the second where the device has no clock, and the third where there is but one category.
 */
export function benchTables(
  { ways, categories }: BenchResult,
): readonly BenchTable[] {
  const timed = ways.filter(({ roundMs }) => roundMs !== null);
  const speeds: BenchTable = {
    head: [
      "way",
      "tokens/s",
      "ratio to plain",
      "tokens/round",
      "first token, ms",
      "bandwidth",
      "memory",
    ],
    rows: ways.map((way) => [
      way.name,
      formatSpread(way.tokensPerSecond),
      formatSpread(way.ratio),
      way.tokensPerRound?.toFixed(2) ?? "",
      formatSpread(way.firstTokenMs),
      formatShare(way.bandwidthShare),
      `${formatFigure(way.memoryBytes / 2 ** 20)} MiB`,
    ]),
  };
  const rounds: BenchTable = {
    head: ["a round, ms", "verify", "accept", "draft", "idle"]
      .concat("accepts at least 1, 2, … drafted tokens"),
    rows: timed.map((way) => [way.name, ...describeRound(way)]),
  };
  return [
    speeds,
    ...timed.length === 0 ? [] : [rounds],
    ...categories.length < 2 ? [] : [tableCategories(ways, categories)],
  ];
}

function tableCategories(
  ways: readonly WayResult[],
  categories: readonly CategoryResult[],
): BenchTable {
  return {
    head: ["category", "prompts", "way", "tokens/s"]
      .concat("ratio to plain", "tokens/round"),
    rows: categories.flatMap(({ category, numPrompts, ways: figures }) =>
      figures.map((way, index) => [
        category,
        String(numPrompts),
        ways[index]?.name ?? "",
        formatSpread(way.tokensPerSecond),
        formatSpread(way.ratio),
        way.tokensPerRound?.toFixed(2) ?? "",
      ])
    ),
  };
}

function describeRound(way: WayResult): readonly string[] {
  const { roundMs, acceptedPerDepth } = way;
  return [
    ...[roundMs?.verify, roundMs?.accept, roundMs?.draft, idleMs(way)]
      .map((ms) => ms?.toFixed(2) ?? ""),
    acceptedPerDepth.map(formatShare).join(", "),
  ];
}
