/**
 * Measures the product with one matrix in every format of weights: `deno task bench:formats [--rows M] [--cols K] [--json]`.
 *
 * Speed of one row, in bytes of weights a second, beside a plain copy of as many bytes; and what 2 to 64 rows cost, in single
 * rows. Zeros are multiplied as fast as any numbers.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { Gpu } from "../src/gpu/gpu.ts";
import {
  BLOCK_FORMATS,
  createPackedMatrix,
  matmul,
  packRows,
  rowTableBytes,
  sliceBytes,
  type WeightFormat,
} from "../src/ops/mod.ts";
import type { Dispatch } from "../src/gpu/dispatch.ts";
import { PassTimer } from "../src/gpu/pass_timer.ts";
import { submitPasses } from "../src/gpu/submit_passes.ts";

const ROWS = [1, 2, 4, 8, 16, 32, 64] as const;
const REPETITIONS = 7;

/** What was measured of a format. */
interface FormatSpeed {
  readonly format: WeightFormat;
  readonly weightBytes: number;
  /** Of one row. */
  readonly ms: number;
  /** Of its weights' bytes, copied from one buffer to another. */
  readonly copyMs: number;
  /** What numbers of rows cost, in single rows. */
  readonly cost: Readonly<Record<number, number>>;
}

const args = parseArgs(Deno.args, {
  string: ["rows", "cols"],
  boolean: ["json"],
});
const numRows = Number(args.rows ?? 2048);
const numCols = Number(args.cols ?? 2048);
using gpu = await Gpu.open();
if (!gpu.hasTimestamps) {
  console.error("Cannot measure as the device must have timestamps: none");
  Deno.exit(1);
}
using timer = new PassTimer(gpu, 1);
const elem = gpu.hasF16 ? "f16" : "f32";
const formats: readonly WeightFormat[] = [
  "f32",
  ...gpu.hasF16 ? ["f16"] as const : [],
  ...BLOCK_FORMATS,
];
const speeds: FormatSpeed[] = [];
for (const format of formats) speeds.push(await measure(format));
if (args.json) console.log(JSON.stringify(speeds));
else print(speeds);

async function measure(format: WeightFormat): Promise<FormatSpeed> {
  const activations = format === "f32" ? "f32" : elem;
  const w = createPackedMatrix(gpu, "w", {
    numRows,
    numCols,
    elem: activations,
    sections: [{ numRows, format }],
  });
  const buffer = (sizeBytes: number): GPUBuffer =>
    gpu.createBuffer("bench", sizeBytes);
  const rows = buffer(rowTableBytes(72));
  const x = buffer(72 * numCols * 4);
  const out = buffer(72 * numRows * 4);
  const op = matmul(gpu, { rows, x, w, out });
  const times: Record<number, number> = {};
  for (const count of ROWS) {
    const table = Array.from(
      { length: count },
      (_, position) => ({ token: 0, position }),
    );
    gpu.device.queue.writeBuffer(rows, 0, packRows(table, 0));
    times[count] = await fastest(op(count));
  }
  const weightBytes = w.slices.reduce(
    (sum, slice) => sum + sliceBytes(w, slice),
    0,
  );
  const [from, to] = [buffer(weightBytes), buffer(weightBytes)];
  const copyMs = await copyTime(from, to);
  const ms = times[1] ?? NaN;
  const cost = Object.fromEntries(
    ROWS.map((count) => [count, (times[count] ?? NaN) / ms]),
  );
  for (const slice of w.slices) gpu.destroyBuffer(slice.buffer);
  for (const own of [rows, x, out, from, to]) gpu.destroyBuffer(own);
  return { format, weightBytes, ms, copyMs, cost };
}

/** Milliseconds of launches, the shortest of some. */
async function fastest(dispatches: readonly Dispatch[]): Promise<number> {
  const staging = gpu.createBuffer(
    "bench times",
    timer.maxBytes,
    GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  );
  let best = Infinity;
  for (let index = 0; index <= REPETITIONS; index++) {
    submitPasses(
      gpu,
      timer.time([dispatches]),
      (encoder) => timer.copyTo(encoder, staging, 0),
    );
    await staging.mapAsync(GPUMapMode.READ);
    const [began = 0, ended = 0] = timer.read(
      staging.getMappedRange().slice(0),
      0,
    );
    staging.unmap();
    if (index > 0) best = Math.min(best, ended - began);
  }
  gpu.destroyBuffer(staging);
  return best;
}

/** Milliseconds of a copy, by the host's clock, the shortest of some: `mapAsync` blocks until the device is done. */
async function copyTime(from: GPUBuffer, to: GPUBuffer): Promise<number> {
  const { device } = gpu;
  const staging = gpu.createBuffer(
    "bench copied",
    4,
    GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  );
  let best = Infinity;
  for (let index = 0; index <= REPETITIONS; index++) {
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(from, 0, to, 0, from.size);
    encoder.copyBufferToBuffer(to, 0, staging, 0, 4);
    const commands = encoder.finish();
    const start = performance.now();
    device.queue.submit([commands]);
    const mapped = staging.mapAsync(GPUMapMode.READ);
    if (index > 0) best = Math.min(best, performance.now() - start);
    await mapped;
    staging.unmap();
  }
  gpu.destroyBuffer(staging);
  return best;
}

function print(speeds: readonly FormatSpeed[]): void {
  console.log(
    `[${numRows}, ${numCols}] on ${gpu.adapter.name}, activations in ${elem}; cost of rows in single rows`,
  );
  console.log(
    `| format | MB | one row, ms | GB/s | share of a copy | ${
      ROWS.slice(1).join(" | ")
    } |`,
  );
  console.log(`| --- | --- | --- | --- | --- |${" --- |".repeat(6)}`);
  for (const { format, weightBytes, ms, copyMs, cost } of speeds) {
    const cells = [
      format,
      (weightBytes / 1e6).toFixed(2),
      ms.toFixed(3),
      (weightBytes / ms / 1e6).toFixed(2),
      (copyMs / ms).toFixed(2),
      ...ROWS.slice(1).map((count) => (cost[count] ?? NaN).toFixed(2)),
    ];
    console.log(`| ${cells.join(" | ")} |`);
  }
}
