/** Measures products with weights in each format. @module */

import { fillBuffer } from "../src/bench/fill_buffer.ts";
import type { Gpu } from "../src/gpu/gpu.ts";
import {
  BLOCK_FORMATS,
  createPackedMatrix,
  matmul,
  packRows,
  rowTableBytes,
  type WeightFormat,
} from "../src/ops/mod.ts";
import type { Elem } from "../src/gpu/shader.ts";
import { PassTimer } from "../src/gpu/pass_timer.ts";
import { ROW_COUNTS } from "../src/bench/measure_rows.ts";
import { plainCopy } from "../src/bench/plain_copy.ts";
import { timePasses } from "../src/gpu/time_passes.ts";

/** What was measured of a format. */
export interface FormatMeasurement {
  readonly format: WeightFormat;
  /** Number type of what the weights are multiplied by. */
  readonly elem: Elem;
  /** Bytes of the packed matrix. */
  readonly numBytes: number;
  /** GB/s that a copy of the matrix reads and writes, once each repetition. */
  readonly copy: readonly number[];
  /** Milliseconds of a product, for each number of rows once each repetition. */
  readonly productMs: readonly (readonly number[])[];
}

/** What is measured, and how often. */
export interface FormatOptions {
  /** Rows `M` and columns `K` of the matrix. */
  readonly shape: readonly [M: number, K: number];
  /** Launches that are timed together. */
  readonly launches: number;
  /** Times that all of them are timed, in turn. */
  readonly repetitions: number;
}

const MAX_ROWS = 64;

/**
 * Times the product of 1 to 64 rows with a matrix in each format, and a copy of that matrix beside them.
 *
 * @param gpu Device.
 * @param options Shape, and how often.
 * @returns What was measured, by format.
 * @throws {RangeError} If the device has no timestamps.
 */
export async function measureFormats(
  gpu: Gpu,
  options: FormatOptions,
): Promise<readonly FormatMeasurement[]> {
  if (!gpu.hasTimestamps) {
    throw new RangeError(
      "Cannot measure formats as the device must have timestamps: it has none",
    );
  }
  const formats: WeightFormat[] = ["f32", ...BLOCK_FORMATS];
  if (gpu.hasF16) formats.splice(1, 0, "f16");
  const results: FormatMeasurement[] = [];
  for (const format of formats) {
    results.push(await measureFormat(gpu, format, options));
  }
  return results;
}

async function measureFormat(
  gpu: Gpu,
  format: WeightFormat,
  { shape: [M, K], launches, repetitions }: FormatOptions,
): Promise<FormatMeasurement> {
  const elem = gpu.hasF16 && format !== "f32" ? "f16" : "f32";
  const sections = [{ numRows: M, format }];
  const shape = { numRows: M, numCols: K, elem, sections } as const;
  const w = createPackedMatrix(gpu, format, shape);
  const rows = gpu.createBuffer("rows", rowTableBytes(MAX_ROWS));
  const x = gpu.createBuffer("x", MAX_ROWS * K * 4);
  const out = gpu.createBuffer("out", MAX_ROWS * M * 4);
  const pairs = w.slices.map(({ buffer }) =>
    [buffer, gpu.createBuffer("copy", buffer.size)] as const
  );
  for (const buffer of [x, ...pairs.map(([from]) => from)]) {
    fillBuffer(gpu, buffer);
  }
  const row = Array.from({ length: MAX_ROWS }, (_, position) => ({
    token: 0,
    position,
  }));
  gpu.device.queue.writeBuffer(rows, 0, packRows(row, 0));
  const product = matmul(gpu, { rows, x, w, out });
  const passes = await gpu.guard(
    `bind ${format}`,
    () =>
      [plainCopy(gpu, pairs), ...ROW_COUNTS.map((count) => product(count))].map(
        (launch) => Array.from({ length: launches }, () => launch).flat(),
      ),
  );
  const times: (readonly number[])[] = [];
  using timer = new PassTimer(gpu, passes.length);
  // The first one warms up.
  for (let index = 0; index <= repetitions; index++) {
    const passMs = await timePasses(gpu, timer, passes);
    if (index > 0) times.push(passMs.map((ms) => ms / launches));
  }
  for (const buffer of [rows, x, out, ...pairs.flat()]) {
    gpu.destroyBuffer(buffer);
  }
  const numBytes = pairs.reduce((sum, [{ size }]) => sum + size, 0);
  return {
    format,
    elem,
    numBytes,
    copy: times.map(([copyMs = NaN]) => 2 * numBytes / copyMs / 1e6),
    productMs: ROW_COUNTS.map((_, index) =>
      times.map((passMs) => passMs[1 + index] ?? NaN)
    ),
  };
}
