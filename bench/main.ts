/**
 * Measures the engine: `deno task bench [--model DIR] [--draft DIR] [--tree N,DEPTH,TOP_K]… [--prompt TEXT]…
 * [--tokens N] [--quick] [--json]`.
 *
 * Without a model it measures the default one, with its drafter, and one of random weights with 110 million
 * parameters, written to a temporary directory; `--quick` leaves that out and measures less of the rest. Speeds
 * are compared as ratios of runs that took turns.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import process from "node:process";
import { type DecodeMeasurement, measureDecode } from "./measure_decode.ts";
import { DEFAULT_MODEL } from "../mod.ts";
import { describeDrafting } from "./print_drafting.ts";
import { findDrafter } from "../src/decode/load_model.ts";
import { listTrees, readTree } from "./trees.ts";
import { measureDrafting } from "./measure_drafting.ts";
import {
  type RandomModelSizes,
  STORIES_110M,
  writeRandomModel,
} from "./random_model.ts";
import { spread } from "./spread.ts";

const args = parseArgs(Deno.args, {
  string: ["model", "draft", "tokens", "tree", "prompt"],
  collect: ["tree", "prompt"],
  boolean: ["json", "quick"],
});

const PROMPTS = ["Once upon a time", "The cat", "One day, Tom", "A dog"];

const model = args.model ?? DEFAULT_MODEL;
const repetitions = args.quick ? 2 : 5;
const plain: Record<string, DecodeMeasurement> = {
  [args.model ?? "default model"]: await measureDecode(model, {
    numTokens: Number(args.tokens ?? 240),
    promptLength: 16,
    repetitions,
  }),
};
if (args.model === undefined && !args.quick) {
  plain["random weights"] = await measureRandom(STORIES_110M, 16);
}
const draft = args.draft ?? await findDrafter(model);
const asked = args.tree.map(readTree);
const prompts = args.prompt.length > 0 ? args.prompt : PROMPTS;
const drafting = String(draft) === "none" ? [] : await measureDrafting(model, {
  trees: (isSoftware) =>
    asked.length > 0 ? asked : listTrees(isSoftware, args.quick),
  drafter: draft,
  prompts: args.quick ? prompts.slice(0, 2) : prompts,
  numTokens: Number(args.tokens ?? 120),
  repetitions: args.quick ? 1 : 2,
});
if (args.json) {
  console.log(JSON.stringify({ plain, drafting }));
} else {
  for (const [name, result] of Object.entries(plain)) print(name, result);
  if (drafting.length > 0) console.log(describeDrafting(drafting));
}
const peakMiB = process.resourceUsage().maxRSS / 1024;
console.error(`peak memory of the process: ${peakMiB.toFixed(0)} MiB`);

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
