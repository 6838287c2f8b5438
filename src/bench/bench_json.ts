import type { BenchResult } from "./bench_result.ts";

/**
 * Puts what was measured into one JSON object: all figures, and of each generation those that they come from.
 *
 * @param result What was measured.
 * @returns The object as text, on one line.
 */
export function benchJson(result: BenchResult): string {
  const { differences, ways, categories, turns, ...others } = result;
  return JSON.stringify(
    {
      ...others,
      isIdentical: differences.length === 0,
      differences: differences.map(({ way, ...place }) => ({
        way: ways[way]?.name,
        ...place,
      })),
      ways,
      categories: categories.map(({ ways: figures, ...category }) => ({
        ...category,
        ways: figures.map((figures, way) => ({
          way: ways[way]?.name,
          ...figures,
        })),
      })),
      turns: turns.map(({ prompt, repetition, runs }) => ({
        prompt,
        repetition,
        runs: runs.map((run, way) => ({
          way: ways[way]?.name,
          generatedTokens: run.generatedTokens,
          stop: run.stop,
          rounds: run.rounds,
          firstTokenMs: run.prefillMs,
          decodeMs: run.decodeMs,
          tokensPerSecond: run.tokensPerSecond,
          acceptedPerDepth: run.acceptedPerDepth,
        })),
      })),
    },
    (_, value: unknown) => typeof value === "number" ? shorten(value) : value,
  );
}

/** Keeps six digits: clocks give no more. */
function shorten(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(6));
}
