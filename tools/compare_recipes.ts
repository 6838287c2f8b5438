/**
 * Trains drafters in several ways on the same text, which the target writes, and counts what each is worth.
 *
 *     deno run -A tools/compare_recipes.ts --model weights/stories260k --recipes recipes.json --out DIR \
 *       --steps 600 --sequences 8 --tokens 2000000 --prompts 40
 *
 * `recipes.json` holds what differs from the default recipe, by name:
 * `{"default": {}, "more cross-entropy": {"crossEntropyWeight": 1}, "four": {"numExperts": 4}}`.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { measureTokensPerRound } from "../bench/measure_tokens_per_round.ts";
import { readEntrants } from "./recipes/entrant.ts";
import { readInteger, readText, refuseOption } from "./options.ts";
import { runTool } from "./run_tool.ts";
import { trainSideBySide } from "./recipes/train_side_by_side.ts";

const TEMPERATURES = [0, 0.7, 1];

await runTool(async () => {
  const args = parseArgs(Deno.args, {
    string: [
      "model",
      "recipes",
      "out",
      "steps",
      "sequences",
      "tokens",
      "prompts",
    ],
    boolean: ["webgpu"],
    unknown: refuseOption,
  });
  const model = readText("model", args.model);
  const out = readText("out", args.out);
  const numSteps = readInteger("steps", args.steps) ?? 600;
  const recipes = await Deno.readTextFile(readText("recipes", args.recipes));
  const times = await trainSideBySide({
    model,
    out,
    entrants: readEntrants(recipes, numSteps),
    numSteps,
    numTokens: readInteger("tokens", args.tokens) ?? 2_000_000,
    numSequences: readInteger("sequences", args.sequences) ?? 8,
    backend: args.webgpu ? "webgpu" : "wasm",
    onProgress: (line) => console.error(line),
  });
  console.log(
    `| recipe | ms a step | ${
      TEMPERATURES.map((temperature) => `T ${temperature}`).join(" | ")
    } |`,
  );
  console.log("| --- | --- | --- | --- | --- |");
  for (const { name, stepMs } of times) {
    const measurements = await measureTokensPerRound(model, {
      draft: `${out}/${name}`,
      tree: { numNodes: 60, depth: 5, topK: 8 },
      numPrompts: readInteger("prompts", args.prompts) ?? 40,
      numTokens: 120,
      temperatures: TEMPERATURES,
    });
    const cells = measurements.map(({ tokensPerRound }) =>
      tokensPerRound.toFixed(3)
    );
    console.log(`| ${name} | ${stepMs.toFixed(0)} | ${cells.join(" | ")} |`);
  }
});
