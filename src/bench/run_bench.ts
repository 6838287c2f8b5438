import type { BenchResult, WayResult } from "./bench_result.ts";
import { findDifferences } from "./find_differences.ts";
import {
  type LoadedWays,
  type LoadOptions,
  loadWays,
  type WayOptions,
} from "../decode/load_model.ts";
import { matmulTuning } from "../ops/mod.ts";
import { measureCopy } from "./measure_copy.ts";
import { measureRows } from "./measure_rows.ts";
import { measureWays, type RunWay } from "./measure_ways.ts";
import type { Model } from "../decode/mod.ts";
import type { OpenedWay } from "../decode/open_way.ts";
import { runWay } from "./run_way.ts";
import { summarizeCategories } from "./summarize_categories.ts";
import { summarizeWay } from "./summarize_way.ts";

/** A way to decode that is compared with plain decoding. */
export interface BenchWay extends WayOptions {
  /** Says what it is called, once its drafter is loaded. */
  readonly name: (model: Pick<Model, "drafter">) => string;
}

/** How far a measurement has come. */
export interface BenchProgress {
  /** Generations made. */
  readonly done: number;
  /** Of how many. */
  readonly total: number;
}

/** A prompt behind which all ways generate. */
export interface BenchPrompt {
  /** Its ids. */
  readonly ids: readonly number[];
  /** Which prompts it is summed up with besides all others, or null. */
  readonly category: string | null;
}

/** What is measured, and how. */
export interface BenchOptions {
  /** What the model is called in the result. Default: what it is named by. */
  readonly modelName?: string;
  /** How the model is loaded. */
  readonly load: Omit<LoadOptions, keyof WayOptions>;
  /** What is compared with plain decoding; those whose model has no drafter are left out. */
  readonly ways: readonly BenchWay[];
  /** Gives the prompts. */
  readonly prompts: (model: Model) => readonly BenchPrompt[];
  /** Most tokens of a text. */
  readonly maxTokens: number;
  /** Divides the logits. */
  readonly temperature: number;
  /** Whether texts go on past their end. */
  readonly ignoreEos: boolean;
  /** Seed of each prompt's first turn. */
  readonly seed: number;
  /** Turns of each prompt. */
  readonly repeat: number;
  /** Ends the measuring with what there is. */
  readonly signal?: AbortSignal;
  /** Called as generations end. */
  readonly onProgress?: (progress: BenchProgress) => void;
}

/** Tokens of the generation by which each way warms up. */
const WARM_UP_TOKENS = 8;

/**
 * Measures ways of decoding against plain decoding, which all generate in turn behind the same prompts.
 *
 * The weights are loaded once, and shared: a way adds its drafter and its caches to the memory.
 *
 * @param model What `loadModel` takes.
 * @param options Ways, prompts, and how much to measure.
 * @returns What was measured; of fewer turns where the signal has ended them.
 * @throws {RangeError} If a prompt leaves no room in the context for as many tokens.
 * @throws As `loadModel` does.
 */
export async function runBench(
  model: string | URL,
  options: BenchOptions,
): Promise<BenchResult> {
  const { signal, repeat, seed, temperature, maxTokens, ignoreEos } = options;
  const startMs = performance.now();
  using loaded = await loadWays(model, {
    ...options.load,
    ways: [{ draft: "none" }, ...options.ways],
  });
  const loadMs = performance.now() - startMs;
  const named = nameWays(loaded, options.ways);
  const { gpu, target, ways: [{ model: plain }] } = loaded;
  const sharedBytes = countShared(loaded);
  const asked = options.prompts(plain);
  const prompts = asked.map(({ ids }) => ids);
  checkLengths(prompts, { maxTokens, contextLength: plain.contextLength });
  const total = prompts.length * repeat * named.length;
  const onProgress = (done: number): void =>
    options.onProgress?.({ done, total });
  onProgress(0);
  const { stepBytes } = target;
  const copyBytesPerSecond = await measureCopy(gpu);
  const rows = named.length === 1
    ? null
    : await measureRows(gpu, target, signal);
  const generating = {
    maxTokens,
    temperature,
    ignoreEos,
    ...signal === undefined ? {} : { signal },
  };
  for (const { way } of named) {
    await runWay(way, prompts[0] ?? [], {
      ...generating,
      maxTokens: WARM_UP_TOKENS,
    });
  }
  const runners = named.map(({ way }): RunWay => (prompt, seed) =>
    runWay(way, prompt, { ...generating, seed })
  );
  const turns = await measureWays(runners, {
    prompts,
    repeat,
    seed,
    signal,
    onProgress,
  });
  return {
    model: options.modelName ?? String(model),
    device: plain.deviceName,
    dtype: plain.dtype,
    quantize: target.quantization,
    kvCache: target.cacheFormat,
    loadMs,
    numPrompts: prompts.length,
    maxTokens,
    temperature,
    seed,
    repeat,
    isFinished: turns.length === prompts.length * repeat,
    differences: findDifferences(turns),
    stepBytes,
    copyBytesPerSecond,
    rows,
    tuned: matmulTuning(gpu).tuned,
    ways: named.map(({ name, way }, index): WayResult => {
      const figures = summarizeWay(turns, index);
      const { roundsPerSecond } = figures;
      return {
        name,
        drafter: way.model.drafter,
        policy: way.policyOrigin,
        memoryBytes: sharedBytes + way.ownBytes,
        ...figures,
        bandwidthShare: roundsPerSecond === null || copyBytesPerSecond === null
          ? null
          : roundsPerSecond * stepBytes / copyBytesPerSecond,
      };
    }),
    categories: summarizeCategories(
      turns,
      asked.map(({ category }) => category),
    ),
    turns,
  };
}

interface NamedWay {
  readonly name: string;
  readonly way: OpenedWay;
}

function nameWays(
  loaded: LoadedWays,
  asked: readonly BenchWay[],
): readonly NamedWay[] {
  const [plain, ...others] = loaded.ways;
  const drafting = others.flatMap((way, index): NamedWay[] => {
    const { model } = way;
    const name = asked[index]?.name(model);
    return model.drafter === null || name === undefined ? [] : [{ name, way }];
  });
  return [{ name: "plain", way: plain }, ...drafting];
}

/** Bytes of what all ways share. */
function countShared({ gpu, ways }: LoadedWays): number {
  return ways.reduce(
    (sum, { ownBytes }) => sum - ownBytes,
    gpu.allocatedBytes,
  );
}

function checkLengths(
  prompts: readonly (readonly number[])[],
  { maxTokens, contextLength }: {
    readonly maxTokens: number;
    readonly contextLength: number;
  },
): void {
  if (prompts.length === 0) {
    throw new RangeError(
      "Cannot measure as there must be a prompt: found none",
    );
  }
  if (maxTokens >= contextLength) {
    throw new RangeError(
      `Cannot measure as the context must hold a prompt and ${maxTokens} tokens more: it holds ${contextLength}`,
    );
  }
  for (const [index, { length }] of prompts.entries()) {
    if (length > 0 && length + maxTokens <= contextLength) continue;
    throw new RangeError(
      `Cannot measure prompt ${index + 1} as it must have 1 to ${
        contextLength - maxTokens
      } tokens, so that the context of ${contextLength} holds ${maxTokens} more: it has ${length}`,
    );
  }
}
