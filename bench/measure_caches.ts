/** Measures what rounding keys and values changes of a model's distribution. @module */

import { type CacheFormat, packRows, rowTableBytes } from "../src/ops/mod.ts";
import type { Checkpoint } from "../src/checkpoint/mod.ts";
import type { Elem } from "../src/gpu/shader.ts";
import { Gpu } from "../src/gpu/gpu.ts";
import { KvCache, kvCacheBytes, Target } from "../src/model/mod.ts";
import { readBuffer } from "../src/gpu/read_buffer.ts";
import { submitPass } from "../src/gpu/submit_pass.ts";

/** How a format's distributions differ from those of the first one. */
export interface CacheMeasurement {
  readonly format: CacheFormat;
  /** Bytes of keys and values of one position, all layers. */
  readonly positionBytes: number;
  /** Mean over the texts' tokens, but each first one, of the negative log of their probability. */
  readonly crossEntropy: number;
  /** Mean of the divergence of the first format's distribution from this one, in nats. */
  readonly divergence: number;
  /** Portion of the positions at which both have the same likeliest token. */
  readonly sameTop: number;
  /** Largest difference of two log probabilities of a token. */
  readonly maxDifference: number;
}

const MAX_ROWS = 64;

/**
 * Runs texts through a model with caches of several formats.
 *
 * @param checkpoint The model.
 * @param options Number type of weights and activations; formats, the one to compare with first; ids of the texts.
 * @returns A measurement for each format.
 */
export async function measureCaches(
  checkpoint: Checkpoint,
  options: {
    readonly elem: Elem;
    readonly formats: readonly CacheFormat[];
    readonly texts: readonly (readonly number[])[];
  },
): Promise<readonly CacheMeasurement[]> {
  const results: CacheMeasurement[] = [];
  let first: readonly Float64Array[] | undefined;
  for (const format of options.formats) {
    const rows = await logProbabilities(checkpoint, { ...options, format });
    first ??= rows;
    results.push(
      compare(format, { checkpoint, rows, first, texts: options.texts }),
    );
  }
  return results;
}

function compare(
  format: CacheFormat,
  args: {
    readonly checkpoint: Checkpoint;
    readonly rows: readonly Float64Array[];
    readonly first: readonly Float64Array[];
    readonly texts: readonly (readonly number[])[];
  },
): CacheMeasurement {
  const { checkpoint, rows, first, texts } = args;
  const targets = texts.flatMap((text) => [...text.slice(1), NaN]);
  let [loss, divergence, numSame, maxDifference] = [0, 0, 0, 0];
  let numTargets = 0;
  rows.forEach((row, index) => {
    const other = first[index] ?? row;
    row.forEach((value, token) => {
      const difference = (other[token] ?? NaN) - value;
      divergence += Math.exp(other[token] ?? NaN) * difference;
      maxDifference = Math.max(maxDifference, Math.abs(difference));
    });
    if (argmax(row) === argmax(other)) numSame++;
    const target = targets[index] ?? NaN;
    if (Number.isNaN(target)) return;
    loss -= row[target] ?? NaN;
    numTargets++;
  });
  return {
    format,
    // A multiple of what parts are padded to.
    positionBytes: kvCacheBytes(checkpoint.config, { numSlots: 256, format }) /
      256,
    crossEntropy: loss / numTargets,
    divergence: divergence / rows.length,
    sameTop: numSame / rows.length,
    maxDifference,
  };
}

/** Log probabilities of all tokens at all positions of all texts. */
async function logProbabilities(
  checkpoint: Checkpoint,
  options: {
    readonly elem: Elem;
    readonly format: CacheFormat;
    readonly texts: readonly (readonly number[])[];
  },
): Promise<readonly Float64Array[]> {
  const { elem, format, texts } = options;
  using gpu = await Gpu.open();
  const contextLength = Math.max(...texts.map(({ length }) => length));
  const target = await Target.load(gpu, checkpoint, {
    elem,
    cacheFormat: format,
    contextLength,
    maxRows: MAX_ROWS,
    maxLogitRows: MAX_ROWS,
    onProgress: () => {},
  });
  const { vocabSize } = target.config;
  const cache = new KvCache(gpu, target.config, {
    numSlots: contextLength,
    format,
  });
  const table = gpu.createBuffer("rows", rowTableBytes(MAX_ROWS));
  const { layers, norm, lmHead } = target.forward(table, cache);
  const all: Float64Array[] = [];
  for (const text of texts) {
    for (let first = 0; first < text.length; first += MAX_ROWS) {
      const rows = text.slice(first, first + MAX_ROWS)
        .map((token, row) => ({ token, position: first + row }));
      gpu.device.queue.writeBuffer(table, 0, packRows(rows, 0));
      await gpu.guard("run a pass", () => {
        const steps = [...layers, norm, lmHead];
        submitPass(gpu, steps.flatMap((op) => op(MAX_ROWS)));
      });
      const bytes = await readBuffer(gpu, target.workspace.logits);
      const logits = new Float32Array(bytes);
      rows.forEach((_, row) => {
        const own = logits.subarray(row * vocabSize, (row + 1) * vocabSize);
        all.push(logSoftmax(own));
      });
    }
  }
  return all;
}

function logSoftmax(logits: Float32Array): Float64Array {
  const values = Float64Array.from(logits);
  const most = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const sum = values.reduce((sum, x) => sum + Math.exp(x - most), 0);
  return values.map((x) => x - most - Math.log(sum));
}

function argmax(values: Float64Array): number {
  return values.reduce(
    (best, value, index) => value > (values[best] ?? NaN) ? index : best,
    0,
  );
}
