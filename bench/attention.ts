/**
 * Measures attention of few rows to many keys, with one workgroup for each row and head, and with several that share
 * its keys: `deno task bench:attention [--shape H,G,E] [--keys N,N…] [--rows N,N…] [--kv-cache f32|f16|q8]
 * [--workgroups N] [--launches N] [--repetitions N] [--json]`.
 *
 * Both were timed in turn, in the same submission; their bits are the same.
 *
 * @module
 */

import {
  type AttentionMeasurement,
  measureAttention,
} from "./measure_attention.ts";
import { BUSY_WORKGROUPS, type CacheFormat } from "../src/ops/mod.ts";
import { formatColumns } from "../src/cli/format.ts";
import { Gpu } from "../src/gpu/gpu.ts";
import { median } from "../src/decode/median.ts";
import { parseArgs } from "@std/cli/parse-args";
import { spread } from "./spread.ts";

const args = parseArgs(Deno.args, {
  string: [
    ...["shape", "keys", "rows", "kv-cache"],
    ...["workgroups", "launches", "repetitions"],
  ],
  boolean: ["json"],
});
using gpu = await Gpu.open();
const { isSoftware, name } = gpu.adapter;
const numbers = (text: string): number[] => text.split(",").map(Number);
// The heads of Llama 3.1 8B.
const [numHeads = NaN, numKvHeads = NaN, headDim = NaN] = numbers(
  args.shape ?? (isSoftware ? "8,4,32" : "32,8,128"),
);
const elem = gpu.hasF16 ? "f16" : "f32";
const results = await measureAttention(gpu, {
  shape: { numHeads, numKvHeads, headDim },
  elem,
  cacheFormat: readFormat(args["kv-cache"] ?? elem),
  keyCounts: numbers(
    args.keys ?? (isSoftware ? "1024,2048" : "1024,2048,4096,8192,16384,32768"),
  ),
  rowCounts: numbers(args.rows ?? "1,8,16"),
  numWorkgroups: Number(args.workgroups ?? BUSY_WORKGROUPS),
  launches: Number(args.launches ?? (isSoftware ? 1 : 20)),
  repetitions: Number(args.repetitions ?? 5),
});
if (args.json) {
  const shape = [numHeads, numKvHeads, headDim];
  console.log(JSON.stringify({ device: name, shape, elem, results }));
} else {
  console.log(
    `${name}, [H, G, E] = [${numHeads}, ${numKvHeads}, ${headDim}], ${elem}; median, and least to largest`,
  );
  const head = ["keys", "rows", "one workgroup, ms", "GB/s", "several"]
    .concat("ms", "GB/s", "one / several", "split");
  for (
    const line of formatColumns([head, ...results.map(describe)], "rrrrrrrrl")
  ) console.log(line);
}

function readFormat(text: string): CacheFormat {
  if (text === "f32" || text === "f16" || text === "q8") return text;
  throw new TypeError(
    `Cannot measure attention as "--kv-cache" must be f32, f16 or q8: ${text}`,
  );
}

function describe(result: AttentionMeasurement): string[] {
  const { wholeMs, splitMs, numBytes } = result;
  const speed = (times: readonly number[]): string =>
    (numBytes / median(times) / 1e6).toFixed(1);
  return [
    String(result.numKeys),
    String(result.numRows),
    median(wholeMs).toFixed(3),
    speed(wholeMs),
    String(result.numWorkgroups),
    median(splitMs).toFixed(3),
    speed(splitMs),
    spread(wholeMs.map((ms, index) => ms / (splitMs[index] ?? NaN))),
    result.isChosen ? "yes" : "no",
  ];
}
