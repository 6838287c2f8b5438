import { type ForwardOps, KvCache, type Target } from "../model/mod.ts";
import { MAX_ROW_TILE, packRows, rowTableBytes } from "../ops/mod.ts";
import type { Dispatch } from "../gpu/dispatch.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { SequenceRow } from "../ops/mod.ts";

/** A token of one of the sequences. */
export interface BatchRow {
  /** Which sequence. */
  readonly sequence: number;
  /** Position in it. */
  readonly position: number;
  /** Id there. */
  readonly token: number;
}

/** Sequences side by side on the device, each in its own part of one cache. */
export class SequenceBatch implements Disposable {
  /** How many there is room for. */
  readonly numSequences: number;
  /** Positions of each. */
  readonly length: number;
  readonly #gpu: Gpu;
  readonly #cache: KvCache;
  readonly #rows: GPUBuffer;
  readonly #forward: ForwardOps;

  /**
   * @param gpu Device.
   * @param target Model that they are sequences of.
   * @param size How many, and positions of each.
   * @throws {RangeError} If the cache is larger than the device allows.
   */
  constructor(
    gpu: Gpu,
    target: Target,
    size: { readonly numSequences: number; readonly length: number },
  ) {
    this.#gpu = gpu;
    this.numSequences = size.numSequences;
    this.length = size.length;
    this.#cache = new KvCache(gpu, target.config, {
      numSlots: size.length,
      numSequences: size.numSequences,
      format: target.cacheFormat,
    });
    this.#rows = gpu.createBuffer(
      "rows",
      rowTableBytes(target.workspace.maxRows),
    );
    this.#forward = target.forward(this.#rows, this.#cache);
  }

  /**
   * Writes rows and lists the launches that make their hidden states, taking them into the cache; the rows
   * of a sequence are in order, and none skips a position.
   *
   * @param batch Rows, at most the workspace's.
   * @param options Whether logits of all of them are wanted too. Default: no.
   * @returns The launches.
   */
  forward(
    batch: readonly BatchRow[],
    options: { readonly hasLogits?: boolean } = {},
  ): readonly Dispatch[] {
    const rows = batch.map(({ sequence, position, token }): SequenceRow => ({
      token,
      position,
      firstSlot: sequence * this.length,
    }));
    this.#gpu.device.queue.writeBuffer(this.#rows, 0, packRows(rows, 0));
    const { layers, norm, lmHead } = this.#forward;
    // A full tile at least: the number of rows chooses the kernels.
    const count = Math.max(rows.length, MAX_ROW_TILE);
    const ops = options.hasLogits
      ? [...layers, norm, lmHead]
      : [...layers, norm];
    const numKeys = 1 + Math.max(0, ...batch.map(({ position }) => position));
    return ops.flatMap((op) => op(count, { numKeys }));
  }

  /** Frees the cache and the row table. */
  [Symbol.dispose](): void {
    this.#cache[Symbol.dispose]();
    this.#gpu.destroyBuffer(this.#rows);
  }
}
