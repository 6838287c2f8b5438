/**
 * Measures the engine: `deno task bench [--model DIR] [--tokens N]`.
 *
 * Without a model it writes two of random weights to a temporary directory, of 0.26 and 110 million
 * parameters. Speeds are compared as ratios of runs that took turns.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import process from "node:process";
import { type DecodeMeasurement, measureDecode } from "./measure_decode.ts";
import {
  type RandomModelSizes,
  STORIES_110M,
  STORIES_260K,
  writeRandomModel,
} from "./random_model.ts";

const args = parseArgs(Deno.args, {
  string: ["model", "tokens"],
  boolean: ["json"],
});

const results: Record<string, DecodeMeasurement> = {};
if (args.model !== undefined) {
  const numTokens = Number(args.tokens ?? 120);
  results[args.model] = await measureDecode(args.model, {
    numTokens,
    promptLength: 16,
    repetitions: 5,
  });
} else {
  results["random 260K"] = await measureRandom(STORIES_260K, 240);
  results["random 110M"] = await measureRandom(STORIES_110M, 16);
}
if (args.json) console.log(JSON.stringify(results));
else for (const [name, result] of Object.entries(results)) print(name, result);
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

/** Median, and from least to largest. */
function spread(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const [least, median, most] = [0, Math.floor(sorted.length / 2), -1].map(
    (index) => (sorted.at(index) ?? NaN).toFixed(2),
  );
  return `${median} (${least} to ${most})`;
}
