/** Measures attention with and without splits. @module */

import {
  attention,
  attentionMerge,
  type AttentionShape,
  attentionSplit,
  type CacheFormat,
  cacheSlotBytes,
  packRows,
  partialBytes,
  rowTableBytes,
  SPLIT_KEYS,
} from "../src/ops/mod.ts";
import type { Elem } from "../src/gpu/shader.ts";
import { fillBuffer } from "../src/bench/fill_buffer.ts";
import type { Gpu } from "../src/gpu/gpu.ts";
import { PassTimer } from "../src/gpu/pass_timer.ts";
import { timePasses } from "../src/gpu/time_passes.ts";

/** What was measured of a number of rows behind a number of keys. */
export interface AttentionMeasurement {
  readonly numKeys: number;
  readonly numRows: number;
  /** Workgroups that share the splits of a row and head. */
  readonly numWorkgroups: number;
  /** Whether `attention` splits so many rows of so many keys where it has the room. */
  readonly isChosen: boolean;
  /** Bytes of the keys and values. */
  readonly numBytes: number;
  /** Milliseconds with one workgroup for each row and head, once each repetition. */
  readonly wholeMs: readonly number[];
  /** Milliseconds with several, their sums' joining included. */
  readonly splitMs: readonly number[];
}

/** What is measured, and how often. */
export interface AttentionBenchOptions {
  readonly shape: AttentionShape;
  /** Number type of queries and output. */
  readonly elem: Elem;
  readonly cacheFormat: CacheFormat;
  readonly keyCounts: readonly number[];
  readonly rowCounts: readonly number[];
  /** Workgroups of a launch, at least, where there are as many splits. */
  readonly numWorkgroups: number;
  /** Launches that are timed together. */
  readonly launches: number;
  /** Times that all of them are timed, in turn. */
  readonly repetitions: number;
}

/**
 * Times attention of a few rows to many keys, with and without splits, in turn.
 *
 * @param gpu Device.
 * @param options Shape, numbers of keys and rows, and how often.
 * @returns What was measured, by number of keys, then of rows.
 * @throws {RangeError} If the device has no timestamps.
 */
export async function measureAttention(
  gpu: Gpu,
  options: AttentionBenchOptions,
): Promise<readonly AttentionMeasurement[]> {
  if (!gpu.hasTimestamps) {
    throw new RangeError(
      "Cannot measure attention as the device must have timestamps: it has none",
    );
  }
  const results: AttentionMeasurement[] = [];
  for (const numKeys of options.keyCounts) {
    for (const numRows of options.rowCounts) {
      results.push(await measureRows(gpu, { ...options, numKeys, numRows }));
    }
  }
  return results;
}

async function measureRows(
  gpu: Gpu,
  options: AttentionBenchOptions & {
    readonly numKeys: number;
    readonly numRows: number;
  },
): Promise<AttentionMeasurement> {
  const { shape, elem, cacheFormat, numKeys, numRows, launches } = options;
  const { numHeads, headDim } = shape;
  const numBytes = 2 * numKeys * cacheSlotBytes(cacheFormat, shape);
  const qBytes = numRows * numHeads * headDim * 4;
  const partialsBytes = numRows *
    partialBytes(shape, { contextLength: numKeys });
  using buffers = new DisposableStack();
  const create = (label: string, sizeBytes: number): GPUBuffer => {
    const buffer = gpu.createBuffer(label, sizeBytes);
    buffers.defer(() => gpu.destroyBuffer(buffer));
    fillBuffer(gpu, buffer);
    return buffer;
  };
  const { args, rows } = await gpu.guard("allocate a cache", () => {
    const rows = create("rows", rowTableBytes(numRows));
    const args = {
      rows,
      q: create("q", qBytes),
      k: create("k", numBytes / 2),
      v: create("v", numBytes / 2),
      out: create("out", qBytes),
      partials: create("partials", partialsBytes),
      elem,
      cacheFormat,
      shape,
      contextLength: numKeys,
      isSerial: false,
    };
    return { args, rows };
  });
  const row = Array.from({ length: numRows }, (_, index) => ({
    token: 0,
    position: numKeys - numRows + index,
  }));
  gpu.device.queue.writeBuffer(rows, 0, packRows(row, 0));
  const numSplits = Math.ceil(numKeys / SPLIT_KEYS);
  const mostSharing = Math.ceil(options.numWorkgroups / (numRows * numHeads));
  const numWorkgroups = Math.max(2, Math.min(numSplits, mostSharing));
  const passes = await gpu.guard("bind attention", () => {
    const whole = attention(gpu, { ...args, partials: undefined });
    const split = attentionSplit(gpu, args);
    const merge = attentionMerge(gpu, args);
    return [
      whole(numRows),
      [...split(numRows, numWorkgroups), ...merge(numRows)],
    ].map((once) => Array.from({ length: launches }, () => once).flat());
  });
  const isChosen = await gpu.guard(
    "bind attention",
    () => attention(gpu, args)(numRows, { numKeys }).length > 1,
  );
  const wholeMs: number[] = [];
  const splitMs: number[] = [];
  using timer = new PassTimer(gpu, passes.length);
  // The first one warms up.
  for (let index = 0; index <= options.repetitions; index++) {
    const [whole = NaN, split = NaN] = await timePasses(gpu, timer, passes);
    if (index === 0) continue;
    wholeMs.push(whole / launches);
    splitMs.push(split / launches);
  }
  return {
    numKeys,
    numRows,
    numWorkgroups,
    isChosen,
    numBytes,
    wholeMs,
    splitMs,
  };
}
