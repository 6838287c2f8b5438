/** Runs a target pass by pass, and reads what it computed. @module */

import { openCheckpoint } from "../../src/checkpoint/mod.ts";
import type { Elem } from "../../src/gpu/shader.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { KvCache, type Quantization, Target } from "../../src/model/mod.ts";
import {
  type CacheFormat,
  packRows,
  rowTableBytes,
} from "../../src/ops/mod.ts";
import { readBuffer } from "../../src/gpu/read_buffer.ts";
import { submitPass } from "../../src/gpu/submit_pass.ts";

/** A loaded target with one cache. */
export class TargetRun implements Disposable {
  readonly target: Target;
  readonly #gpu: Gpu;
  readonly #rows: GPUBuffer;
  readonly #cache: KvCache;
  readonly #forward: ReturnType<Target["forward"]>;

  private constructor(gpu: Gpu, target: Target) {
    this.#gpu = gpu;
    this.target = target;
    const { contextLength, cacheFormat, config } = target;
    this.#cache = new KvCache(gpu, config, {
      numSlots: contextLength,
      format: cacheFormat,
    });
    this.#rows = gpu.createBuffer(
      "rows",
      rowTableBytes(target.workspace.maxRows),
    );
    this.#forward = target.forward(this.#rows, this.#cache);
  }

  static async open(
    directory: string | URL,
    options: {
      elem?: Elem;
      cacheFormat?: CacheFormat;
      contextLength?: number;
      maxBindingBytes?: number;
      maxLogitRows?: number;
      quantization?: Quantization;
    } = {},
  ): Promise<TargetRun> {
    using checkpoint = await openCheckpoint(directory);
    const { elem = "f32", contextLength = 200, maxBindingBytes } = options;
    const gpu = await Gpu.open(
      maxBindingBytes === undefined ? {} : { maxBindingBytes },
    );
    try {
      const target = await Target.load(gpu, checkpoint, {
        elem,
        cacheFormat: options.cacheFormat,
        quantization: options.quantization ?? null,
        contextLength,
        maxRows: 64,
        maxLogitRows: options.maxLogitRows ?? 64,
        onProgress: () => {},
      });
      return new TargetRun(gpu, target);
    } catch (error) {
      gpu[Symbol.dispose]();
      throw error;
    }
  }

  /** Takes ids at consecutive positions in one pass; gives logits and hidden states of every row. */
  async pass(
    ids: readonly number[],
    firstPosition: number,
  ): Promise<{ logits: Float32Array[]; hidden: number[][] }> {
    const numRows = ids.length;
    const table = packRows(
      ids.map((token, row) => ({ token, position: firstPosition + row })),
      0,
    );
    this.#gpu.device.queue.writeBuffer(this.#rows, 0, table);
    const { layers, norm, lmHead } = this.#forward;
    await this.#gpu.guard("run a pass", () =>
      submitPass(
        this.#gpu,
        [...layers, norm, lmHead].flatMap((op) => op(numRows)),
      ));
    const { vocabSize, hiddenSize } = this.target.config;
    const { logits, normed } = this.target.workspace;
    const logitValues = new Float32Array(await readBuffer(this.#gpu, logits));
    const hiddenBytes = await readBuffer(this.#gpu, normed);
    const hiddenValues = this.target.elem === "f16"
      ? Float32Array.from(new Float16Array(hiddenBytes))
      : new Float32Array(hiddenBytes);
    const cut = (values: Float32Array, size: number): Float32Array[] =>
      ids.map((_, row) => values.slice(row * size, (row + 1) * size));
    return {
      logits: cut(logitValues, vocabSize),
      hidden: cut(hiddenValues, hiddenSize).map((values) => [...values]),
    };
  }

  /** Takes ids in passes of the given lengths; gives each position's logits. */
  async passes(
    ids: readonly number[],
    lengths: readonly number[],
  ): Promise<Float32Array[]> {
    const all: Float32Array[] = [];
    for (let index = 0; all.length < ids.length; index++) {
      const length = lengths[index % lengths.length] ?? 1;
      const chunk = ids.slice(all.length, all.length + length);
      all.push(...(await this.pass(chunk, all.length)).logits);
    }
    return all;
  }

  [Symbol.dispose](): void {
    this.#gpu[Symbol.dispose]();
  }
}

/** Index of the largest value. */
export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) {
    if ((values[index] ?? NaN) > (values[best] ?? NaN)) best = index;
  }
  return best;
}

/** Largest difference between two lists of numbers. */
export function maxDifference(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
): number {
  let most = actual.length === expected.length ? 0 : Infinity;
  for (let index = 0; index < actual.length; index++) {
    const difference = Math.abs(
      (actual[index] ?? NaN) - (expected[index] ?? NaN),
    );
    most = difference <= most ? most : difference;
  }
  return most;
}
