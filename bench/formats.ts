/**
 * Measures products with weights in each format: `deno task bench:formats [--shape M,K] [--launches N]
 * [--repetitions N] [--json]`.
 *
 * A copy reads and writes its bytes, a product reads the weights': shares are of bytes moved in the same time. Both
 * were timed in turn, in the same submission.
 *
 * @module
 */

import { type FormatMeasurement, measureFormats } from "./measure_formats.ts";
import { ROW_COUNTS } from "../src/bench/measure_rows.ts";
import { formatColumns } from "../src/cli/format.ts";
import { Gpu } from "../src/gpu/gpu.ts";
import { median } from "../src/decode/median.ts";
import { parseArgs } from "@std/cli/parse-args";

const args = parseArgs(Deno.args, {
  string: ["shape", "launches", "repetitions"],
  boolean: ["json"],
});
using gpu = await Gpu.open();
const { isSoftware, name } = gpu.adapter;
// More than caches hold.
const [M = NaN, K = NaN] =
  (args.shape ?? (isSoftware ? "2048,2048" : "32768,4096"))
    .split(",").map(Number);
const results = await measureFormats(gpu, {
  shape: [M, K],
  launches: Number(args.launches ?? (isSoftware ? 1 : 10)),
  repetitions: Number(args.repetitions ?? 5),
});
if (args.json) {
  console.log(
    JSON.stringify({ device: name, shape: [M, K], formats: results }),
  );
} else {
  console.log(`${name}, weights [${M}, ${K}]; medians, and least to largest`);
  const head = ["format", "x", "bits", "1 row, ms", "GB/s", "copy, GB/s"]
    .concat(
      "share of copy",
      ROW_COUNTS.slice(1).map((count) => `${count} rows`),
    );
  const align = "ll" + "r".repeat(head.length - 2);
  for (
    const line of formatColumns([head, ...results.map(describe)], align)
  ) console.log(line);
}

function describe(result: FormatMeasurement): string[] {
  const { format, elem, numBytes, copy, productMs } = result;
  const [single = [], ...more] = productMs;
  const speeds = single.map((ms) => numBytes / ms / 1e6);
  const shares = speeds.map((speed, index) =>
    100 * speed / (copy[index] ?? NaN)
  );
  const [least, most] = [Math.min(...shares), Math.max(...shares)];
  return [
    format,
    elem,
    (8 * numBytes / (M * K)).toFixed(2),
    median(single).toFixed(3),
    median(speeds).toFixed(2),
    median(copy).toFixed(2),
    `${median(shares).toFixed(0)} % (${least.toFixed(0)} to ${
      most.toFixed(0)
    })`,
    ...more.map((times) =>
      median(times.map((ms, index) => ms / (single[index] ?? NaN))).toFixed(2)
    ),
  ];
}
