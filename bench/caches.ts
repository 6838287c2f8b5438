/**
 * Measures KV caches in each format: `deno task bench:caches [--model DIR] [--dtype TYPE] [--texts N] [--json]`.
 *
 * The model writes texts at temperature 1 with a cache in f32; each format's distributions are then compared with that
 * cache's, position by position.
 *
 * @module
 */

import { DEFAULT_MODEL, loadModel } from "../mod.ts";
import { formatColumns } from "../src/cli/format.ts";
import { Gpu } from "../src/gpu/gpu.ts";
import { measureCaches } from "./measure_caches.ts";
import { openCheckpoint } from "../src/checkpoint/mod.ts";
import { parseArgs } from "@std/cli/parse-args";

const args = parseArgs(Deno.args, {
  string: ["model", "dtype", "texts"],
  boolean: ["json"],
});
const dtype = args.dtype === "f32" || args.dtype === "f16"
  ? args.dtype
  : "auto";
const source = args.model ?? DEFAULT_MODEL;

const texts: (readonly number[])[] = [];
using model = await loadModel(source, { dtype, kvCache: "f32", draft: "none" });
const { bosTokenId } = model.config;
for (let seed = 0; seed < Number(args.texts ?? 8); seed++) {
  const prompt = [bosTokenId ?? 0];
  const writing = model.generate(prompt, {
    temperature: 1,
    seed,
    ignoreEos: true,
  });
  let next = await writing.next();
  while (!next.done) next = await writing.next();
  texts.push([...prompt, ...next.value.tokens]);
}

using gpu = await Gpu.open();
using checkpoint = await openCheckpoint(source);
const results = await measureCaches(checkpoint, {
  elem: model.dtype,
  formats: gpu.hasF16 ? ["f32", "f16", "q8"] : ["f32", "q8"],
  texts,
});
if (args.json) {
  console.log(JSON.stringify({ device: model.deviceName, caches: results }));
} else {
  const numTokens = texts.reduce((sum, { length }) => sum + length, 0);
  console.log(
    `${model.deviceName}, ${model.dtype}, ${texts.length} texts, ${numTokens} tokens; compared with f32`,
  );
  const head = ["cache", "bytes a token", "cross-entropy", "divergence"]
    .concat("same likeliest", "largest difference of log probabilities");
  const rows = results.map((result) => [
    result.format,
    String(result.positionBytes),
    result.crossEntropy.toFixed(5),
    result.divergence.toExponential(1),
    `${(100 * result.sameTop).toFixed(2)} %`,
    result.maxDifference.toExponential(1),
  ]);
  for (const line of formatColumns([head, ...rows], "lrrrrr")) {
    console.log(line);
  }
}
