/**
 * Measures the engine: `deno task bench [--model DIR] [--draft DIR] [--tokens N] [--json]`.
 *
 * Without a model it measures the default one, with its drafter, and one of random weights with 110 million
 * parameters, written to a temporary directory. Speeds are compared as ratios of runs that took turns.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import process from "node:process";
import { type DecodeMeasurement, measureDecode } from "./measure_decode.ts";
import { DEFAULT_MODEL } from "../mod.ts";
import {
  type DraftingMeasurement,
  measureDrafting,
} from "./measure_drafting.ts";
import {
  type RandomModelSizes,
  STORIES_110M,
  writeRandomModel,
} from "./random_model.ts";

const args = parseArgs(Deno.args, {
  string: ["model", "draft", "tokens"],
  boolean: ["json"],
});

const TREES = [
  { numNodes: 4, depth: 2, topK: 2 },
  { numNodes: 8, depth: 3, topK: 2 },
  { numNodes: 8, depth: 4, topK: 4 },
  { numNodes: 16, depth: 5, topK: 8 },
  { numNodes: 60, depth: 5, topK: 8 },
];

const model = args.model ?? DEFAULT_MODEL;
const plain: Record<string, DecodeMeasurement> = {
  [args.model ?? "default model"]: await measureDecode(model, {
    numTokens: Number(args.tokens ?? 240),
    promptLength: 16,
    repetitions: 5,
  }),
};
if (args.model === undefined) {
  plain["random weights"] = await measureRandom(STORIES_110M, 16);
}
const draft = args.draft ??
  (args.model === undefined ? new URL("drafter/", DEFAULT_MODEL) : undefined);
const drafting = draft === undefined ? [] : await measureDrafting(model, {
  trees: TREES,
  drafter: draft,
  prompts: [[1, 403, 407, 261, 378], [1, 291, 280], [1, 385, 328, 432], [1]],
  repetitions: 2,
});
if (args.json) {
  console.log(JSON.stringify({ plain, drafting }));
} else {
  for (const [name, result] of Object.entries(plain)) print(name, result);
  for (const result of drafting) printDrafting(result);
}
const peakMiB = process.resourceUsage().maxRSS / 1024;
console.error(`peak memory of the process: ${peakMiB.toFixed(0)} MiB`);

function printDrafting(result: DraftingMeasurement): void {
  const { tree, parts, drafting, plain } = result;
  const ratios = drafting.map((speed, index) => speed / (plain[index] ?? NaN));
  const total = parts.verify + parts.accept + parts.draft;
  const share = (ms: number): string => `${(ms / total * 100).toFixed(0)} %`;
  console.log([
    `jakiro, tree of ${tree.numNodes}, depth ${tree.depth}, top ${tree.topK}:`,
    `  plain ${spread(plain)} tokens/s`,
    `  jakiro ${spread(drafting)} tokens/s, ${
      result.tokensPerRound.toFixed(2)
    } tokens a round`,
    `  ratio ${spread(ratios)}`,
    `  ${result.dispatchesPerRound} dispatches a round; alone in a pass each: verify ${
      share(parts.verify)
    }, accept ${share(parts.accept)}, draft ${share(parts.draft)}`,
    `  ${
      result.kernels.slice(0, 6).map(({ name, ms }) =>
        `${name} ${ms.toFixed(2)} ms`
      )
        .join(", ")
    }`,
  ].join("\n"));
}

async function measureRandom(
  sizes: RandomModelSizes,
  numTokens: number,
): Promise<DecodeMeasurement> {
  const directory = await Deno.makeTempDir();
  try {
    await writeRandomModel(directory, sizes);
    return await measureDecode(directory, {
      numTokens,
      promptLength: 64,
      repetitions: 5,
    });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function print(name: string, result: DecodeMeasurement): void {
  const ratios = result.runningAhead.map((speed, index) =>
    speed / (result.awaiting[index] ?? NaN)
  );
  const millions = (result.numParameters / 1e6).toFixed(2);
  const lines = [
    `${name}: ${millions} M parameters, ${result.elem}, ${result.device}`,
    `  upload ${ms(result.uploadMs)}, compile ${ms(result.compileMs)}`,
    `  time to first token ${ms(result.firstTokenMs)} (prefill ${
      result.prefillTokensPerSecond.toFixed(0)
    } tokens/s)`,
    `  awaiting each token ${spread(result.awaiting)} tokens/s`,
    `  running ahead       ${spread(result.runningAhead)} tokens/s`,
    `  ratio               ${spread(ratios)}`,
    `  host time to encode and submit a token ${ms(result.encodeMsPerToken)}`,
    `  ${result.dispatchesPerToken} dispatches a token; alone in a pass each:`,
    ...result.kernels.map(({ name, count, ms, bytes }) =>
      `    ${name.padEnd(14)} ${String(count).padStart(3)} x ${
        (ms / count * 1000).toFixed(1).padStart(8)
      } us = ${ms.toFixed(3).padStart(8)} ms${
        bytes > 0 ? `  ${(bytes / ms / 1e6).toFixed(2).padStart(6)} GB/s` : ""
      }`
    ),
  ];
  console.log(lines.join("\n"));
}

function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 0)} ms`;
}

/** Median, and from least to largest. */
function spread(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const [least, median, most] = [0, Math.floor(sorted.length / 2), -1].map(
    (index) => (sorted.at(index) ?? NaN).toFixed(2),
  );
  return `${median} (${least} to ${most})`;
}
