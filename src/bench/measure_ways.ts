import type { GenerateStatistics } from "../decode/mod.ts";
import { listTurns } from "./list_turns.ts";

/** What one generation did. */
export type Run = Pick<
  GenerateStatistics,
  | "acceptedPerDepth"
  | "decodeMs"
  | "generatedTokens"
  | "idleShare"
  | "prefillMs"
  | "roundMs"
  | "rounds"
  | "stop"
  | "tokens"
  | "tokensPerSecond"
>;

/** What all ways did behind one prompt. */
export interface TurnRuns {
  /** Which prompt. */
  readonly prompt: number;
  /** Which time. */
  readonly repetition: number;
  /** One for each way. */
  readonly runs: readonly Run[];
}

/** Generates in one way. */
export type RunWay = (
  prompt: readonly number[],
  seed: number,
) => Promise<Run>;

/** What is measured. */
export interface MeasureWaysOptions {
  /** Ids of each. */
  readonly prompts: readonly (readonly number[])[];
  /** Times that each prompt has its turn. */
  readonly repeat: number;
  /** Seed of the first time; each that follows has the next. */
  readonly seed: number;
  /** Ends the measuring; the turn that it cuts short does not count. */
  readonly signal?: AbortSignal | undefined;
  /** Called behind each generation. */
  readonly onProgress?: (done: number) => void;
}

/**
 * Lets several ways generate behind the same prompts, prompt by prompt.
 *
 * @param ways The ways.
 * @param options Prompts, and how often.
 * @returns What they did, by turns.
 */
export async function measureWays(
  ways: readonly RunWay[],
  options: MeasureWaysOptions,
): Promise<readonly TurnRuns[]> {
  const { prompts, repeat, signal, onProgress = () => {} } = options;
  const numPrompts = prompts.length;
  const turns = listTurns({ numWays: ways.length, numPrompts, repeat });
  const measured: TurnRuns[] = [];
  for (const { prompt, repetition, order } of turns) {
    const seed = (options.seed + repetition) % 2 ** 32;
    const byWay = new Map<number, Run>();
    for (const way of order) {
      const run = await ways[way]?.(prompts[prompt] ?? [], seed);
      if (run === undefined || run.stop === "abort" || signal?.aborted) {
        return measured;
      }
      byWay.set(way, run);
      onProgress(measured.length * ways.length + byWay.size);
    }
    const runs = ways.flatMap((_, way) => byWay.get(way) ?? []);
    measured.push({ prompt, repetition, runs });
  }
  return measured;
}
