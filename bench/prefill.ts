/**
 * Measures how fast prompts are taken in, beside a loop of multiply-adds: `deno task bench:prefill [--model DIR]
 * [--repetitions N] [--json]`.
 *
 * @module
 */

import { DEFAULT_MODEL } from "../mod.ts";
import { measurePrefill } from "./measure_prefill.ts";
import { median } from "../src/decode/median.ts";
import { parseArgs } from "@std/cli/parse-args";

const args = parseArgs(Deno.args, {
  string: ["model", "repetitions"],
  boolean: ["json"],
});
const result = await measurePrefill(
  args.model ?? DEFAULT_MODEL,
  Number(args.repetitions ?? 9),
);
if (result === null) {
  console.error("jakiro: cannot measure as the device must have a clock");
  Deno.exit(1);
}
if (args.json) {
  console.log(JSON.stringify(result));
} else {
  const { device, elem, numRows, operationsPerToken, passMs, fmaSpeed } =
    result;
  const speeds = passMs.map((ms) => numRows * operationsPerToken / ms * 1000);
  const shares = speeds.map((speed, index) =>
    100 * speed / (fmaSpeed[index] ?? NaN)
  );
  const giga = (speeds: readonly number[]): string =>
    (median(speeds) / 1e9).toFixed(2);
  console.log(`${device}, ${elem}, ${numRows} tokens a pass; medians`);
  console.log(
    `  ${
      median(passMs.map((ms) => numRows / ms * 1000)).toFixed(0)
    } tokens/s, in products with weights ${giga(speeds)} GFLOP/s`,
  );
  console.log(
    `  ${
      giga(fmaSpeed)
    } GFLOP/s in a loop of f32 multiply-adds, of which that is ${
      median(shares).toFixed(0)
    } % (${Math.min(...shares).toFixed(0)} to ${
      Math.max(...shares).toFixed(0)
    } %)`,
  );
}
