/**
 * Measures the engine: `deno task bench [--model DIR] [--draft DIR] [--tree N,DEPTH,TOP_K]… [--prompt TEXT]…
 * [--tokens N] [--quick] [--json]`.
 *
 * Without a model it measures the default one and stories260k, with their drafters, and one of random weights with
 * 110 million parameters, written to a temporary directory; `--quick` leaves that out and measures less of the rest.
 * A model with a chat template answers the prompts. What it writes past the end of an answer counts as well. Speeds
 * are compared as ratios of runs that took turns.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import process from "node:process";
import { type DecodeMeasurement, measureDecode } from "./measure_decode.ts";
import { DEFAULT_MODEL } from "../mod.ts";
import { describeDrafting } from "./print_drafting.ts";
import { findDrafter } from "../src/decode/find_drafter.ts";
import { listTrees, readTree } from "./trees.ts";
import {
  type DraftingMeasurement,
  measureDrafting,
} from "./measure_drafting.ts";
import {
  type RandomModelSizes,
  STORIES_110M,
  writeRandomModel,
} from "./random_model.ts";
import { readPrompts } from "./read_prompts.ts";
import { spread } from "./spread.ts";

const args = parseArgs(Deno.args, {
  string: ["model", "draft", "tokens", "tree", "prompt"],
  collect: ["tree", "prompt"],
  boolean: ["json", "quick"],
});

/** What was measured of a model. */
interface Measured {
  readonly plain: DecodeMeasurement;
  readonly drafting: readonly DraftingMeasurement[];
}

/** From here on, a model without a GPU gets few shapes of trees. */
const MANY_PARAMETERS = 1e6;
const STORIES = new URL("../weights/stories260k/", import.meta.url);

const models: readonly (readonly [name: string, directory: string | URL])[] =
  args.model === undefined
    ? [["default model", DEFAULT_MODEL], ["stories260k", STORIES]]
    : [[args.model, args.model]];
const results: Record<string, Measured> = {};
for (const [name, directory] of models) {
  results[name] = await measureModel(directory);
}
if (args.model === undefined && !args.quick) {
  results["random weights"] = {
    plain: await measureRandom(STORIES_110M, 16),
    drafting: [],
  };
}
if (args.json) {
  console.log(JSON.stringify(results));
} else {
  for (const [name, { plain, drafting }] of Object.entries(results)) {
    print(name, plain);
    if (drafting.length > 0) console.log(describeDrafting(drafting));
  }
}
const peakMiB = process.resourceUsage().maxRSS / 1024;
console.error(`peak memory of the process: ${peakMiB.toFixed(0)} MiB`);

async function measureModel(directory: string | URL): Promise<Measured> {
  const isQuick = args.quick;
  const plain = await measureDecode(directory, {
    numTokens: Number(args.tokens ?? (isQuick ? 120 : 240)),
    promptLength: 16,
    repetitions: isQuick ? 2 : 5,
  });
  const drafter = args.draft ?? await findDrafter(directory);
  if (String(drafter) === "none") return { plain, drafting: [] };
  const asked = args.tree.map(readTree);
  const prompts = await readPrompts(directory, args.prompt);
  const drafting = await measureDrafting(directory, {
    trees: (isSoftware) => {
      const isLarge = isSoftware && plain.numParameters > MANY_PARAMETERS;
      return asked.length > 0
        ? asked
        : listTrees(isSoftware, isQuick || isLarge);
    },
    drafter,
    prompts: isQuick ? prompts.slice(0, 2) : prompts,
    numTokens: Number(args.tokens ?? (isQuick ? 60 : 120)),
    repetitions: isQuick ? 1 : 2,
  });
  return { plain, drafting };
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
