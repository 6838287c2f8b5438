import type { BatchRow, SequenceBatch } from "./sequence_batch.ts";
import { elemBytes } from "../ops/mod.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { submitPass } from "../gpu/submit_pass.ts";
import type { Target } from "../model/mod.ts";

/** Sequences whose hidden states are wanted. */
export interface SequenceIds {
  /** `[R, T]`, of at most `B` sequences. */
  readonly tokenIds: Int32Array;
}

/** Sizes of all batches. */
export interface HiddenStatesSize {
  /** `B`, most sequences of a batch. */
  readonly numSequences: number;
  /** `T`, positions of each. */
  readonly length: number;
}

/**
 * Runs a target over batches of sequences, one batch ahead: while a caller works with the hidden states of
 * one, the device makes those of the next.
 *
 * @param gpu Device.
 * @param args The target, room for sequences of the batches' length, the batches and their sizes.
 * @returns Each batch with its hidden states, `[R, T, D]` after the last norm.
 */
export async function* hiddenStates<Batch extends SequenceIds>(
  gpu: Gpu,
  args: {
    readonly target: Target;
    readonly sequences: SequenceBatch;
    readonly batches: Iterable<Batch>;
    readonly size: HiddenStatesSize;
  },
): AsyncGenerator<[batch: Batch, hidden: Float32Array<ArrayBuffer>]> {
  const { target, sequences, size } = args;
  using first = new HiddenReadBack(gpu, target, size);
  using second = new HiddenReadBack(gpu, target, size);
  let [current, next] = [first, second];
  let batch: Batch | null = null;
  for (const following of args.batches) {
    // The device is awaited before the call returns; the promise only sleeps on, while the next batch runs.
    const pending = batch === null ? null : current.map();
    next.submit(sequences, following);
    if (batch !== null && pending !== null) yield [batch, await pending];
    batch = following;
    [current, next] = [next, current];
  }
  if (batch !== null) yield [batch, await current.map()];
}

/** A staging buffer for the hidden states of one batch. */
class HiddenReadBack implements Disposable {
  readonly #gpu: Gpu;
  readonly #target: Target;
  readonly #size: HiddenStatesSize;
  readonly #staging: GPUBuffer;
  readonly #rowBytes: number;
  #numBytes = 0;

  constructor(gpu: Gpu, target: Target, size: HiddenStatesSize) {
    this.#gpu = gpu;
    this.#target = target;
    this.#size = size;
    this.#rowBytes = target.config.hiddenSize * elemBytes(target.elem);
    this.#staging = gpu.createBuffer(
      "hidden states",
      size.numSequences * size.length * this.#rowBytes,
      GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    );
  }

  submit(sequences: SequenceBatch, { tokenIds }: SequenceIds): void {
    const { length } = this.#size;
    const { normed } = this.#target.workspace;
    const numSequences = tokenIds.length / length;
    this.#numBytes = tokenIds.length * this.#rowBytes;
    const perPass = sequences.numSequences;
    for (let from = 0; from < numSequences; from += perPass) {
      const numRows = Math.min(perPass, numSequences - from) * length;
      const rows = Array.from({ length: numRows }, (_, row): BatchRow => ({
        sequence: Math.floor(row / length),
        position: row % length,
        token: tokenIds[from * length + row] ?? 0,
      }));
      submitPass(
        this.#gpu,
        sequences.forward(rows),
        (encoder) =>
          encoder.copyBufferToBuffer(
            normed,
            0,
            this.#staging,
            from * length * this.#rowBytes,
            numRows * this.#rowBytes,
          ),
      );
    }
  }

  map(): Promise<Float32Array<ArrayBuffer>> {
    if (this.#numBytes === 0) return Promise.resolve(new Float32Array());
    const mapped = this.#staging.mapAsync(GPUMapMode.READ, 0, this.#numBytes);
    return mapped.then(() => {
      const bytes = this.#staging.getMappedRange(0, this.#numBytes).slice(0);
      this.#staging.unmap();
      return this.#target.elem === "f16"
        ? Float32Array.from(new Float16Array(bytes))
        : new Float32Array(bytes);
    }, (error) => {
      this.#gpu.throwIfLost();
      throw error;
    });
  }

  [Symbol.dispose](): void {
    this.#gpu.destroyBuffer(this.#staging);
  }
}
