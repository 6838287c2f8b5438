/**
 * Counts tokens per round: `deno task bench:rounds [--prompts N] [--tokens N] [--model DIR] [--draft DIR]
 * [--nodes N] [--depth N] [--top-k N] [--json]`.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { DEFAULT_MODEL } from "../mod.ts";
import { measureTokensPerRound } from "./measure_tokens_per_round.ts";

const args = parseArgs(Deno.args, {
  string: ["prompts", "tokens", "model", "draft", "nodes", "depth", "top-k"],
  boolean: ["json"],
});
const measurements = await measureTokensPerRound(args.model ?? DEFAULT_MODEL, {
  ...args.draft === undefined ? {} : { draft: args.draft },
  tree: {
    numNodes: Number(args.nodes ?? 60),
    depth: Number(args.depth ?? 5),
    topK: Number(args["top-k"] ?? 8),
  },
  numPrompts: Number(args.prompts ?? 40),
  numTokens: Number(args.tokens ?? 120),
  temperatures: [0, 0.7, 1],
});
if (args.json) console.log(JSON.stringify(measurements));
else {
  for (const measurement of measurements) {
    const { temperature, numPrompts, tokensPerRound } = measurement;
    const depths = measurement.acceptedPerDepth
      .map((portion) => `${(portion * 100).toFixed(0)} %`).join(", ");
    console.log(
      `temperature ${temperature}: ${
        tokensPerRound.toFixed(3)
      } tokens a round (standard error ${
        measurement.standardError.toFixed(3)
      }, ${numPrompts} prompts); rounds that accept at least 1, 2, …: ${depths}`,
    );
  }
}
