import type { Dispatch } from "./dispatch.ts";
import type { Gpu } from "./gpu.ts";
import type { Pass } from "./submit_passes.ts";

/**
 * Reads the device's clock at the borders of a submission's passes: where the first begins, and where each ends.
 *
 * Units: milliseconds of the device's timestamps, which WebGPU gives in nanoseconds, from no particular start.
 */
export class PassTimer implements Disposable {
  /** Bytes of the borders of most passes. */
  readonly maxBytes: number;
  readonly #gpu: Gpu;
  readonly #querySet: GPUQuerySet;
  readonly #resolved: GPUBuffer;
  #numBorders = 0;

  /**
   * @param gpu Device with timestamps.
   * @param maxPasses Most passes of a submission.
   */
  constructor(gpu: Gpu, maxPasses: number) {
    const count = maxPasses + 1;
    this.#gpu = gpu;
    this.maxBytes = count * BigUint64Array.BYTES_PER_ELEMENT;
    this.#querySet = gpu.device.createQuerySet({ type: "timestamp", count });
    this.#resolved = gpu.createBuffer(
      "timestamps",
      this.maxBytes,
      GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    );
  }

  /**
   * Makes passes whose borders are timed.
   *
   * @param passes Launches of each.
   * @returns The passes, to be submitted together.
   */
  time(passes: readonly (readonly Dispatch[])[]): readonly Pass[] {
    const querySet = this.#querySet;
    this.#numBorders = passes.length + 1;
    return passes.map((dispatches, index) => ({
      dispatches,
      timestampWrites: {
        querySet,
        ...index === 0 ? { beginningOfPassWriteIndex: 0 } : {},
        endOfPassWriteIndex: index + 1,
      },
    }));
  }

  /**
   * Records the copy of the borders' times.
   *
   * @param encoder Encoder of the submission, after the passes.
   * @param buffer Where to.
   * @param offset Where in it.
   */
  copyTo(encoder: GPUCommandEncoder, buffer: GPUBuffer, offset: number): void {
    const numBytes = this.#numBorders * BigUint64Array.BYTES_PER_ELEMENT;
    encoder.resolveQuerySet(
      this.#querySet,
      0,
      this.#numBorders,
      this.#resolved,
      0,
    );
    encoder.copyBufferToBuffer(this.#resolved, 0, buffer, offset, numBytes);
  }

  /**
   * Reads what was copied.
   *
   * @param bytes The bytes copied to.
   * @param offset Where they begin.
   * @returns When the first pass began and each ended.
   */
  read(bytes: ArrayBuffer, offset: number): readonly number[] {
    const times = new BigUint64Array(bytes, offset, this.#numBorders);
    return Array.from(times, (time) => Number(time) / 1e6);
  }

  /** Frees queries and buffer. */
  [Symbol.dispose](): void {
    this.#querySet.destroy();
    this.#gpu.destroyBuffer(this.#resolved);
  }
}
