import type { TensorFiles, WeightEntry } from "../checkpoint/mod.ts";
import { storedRowBytes, storedValues } from "./dequantize.ts";
import { isBlockFormat } from "../checkpoint/mod.ts";
import { identityMap } from "./identity_map.ts";
import type { MatrixPart } from "./matrix_part.ts";
import { numbersFormat } from "./memory.ts";
import { matrixSections } from "./matrix_sections.ts";
import { packPart } from "./pack_part.ts";
import {
  createPackedMatrix,
  type PackedMatrix,
  type RoundedFormat,
  type WeightFormat,
} from "../ops/mod.ts";
import type { Elem } from "../gpu/shader.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { readBuffer } from "../gpu/read_buffer.ts";
import { storedRowMap } from "./stored_row_map.ts";
import { submitPass } from "../gpu/submit_pass.ts";

/** Called with the bytes uploaded so far. */
export type UploadProgress = (doneBytes: number) => void;

const SLAB_BYTES = 8 * 2 ** 20;
const IN_FLIGHT_BYTES = 64 * 2 ** 20;

/** Streams tensors from a checkpoint to the device, a slab of rows at a time. */
export class WeightUploader implements Disposable {
  readonly #gpu: Gpu;
  readonly #checkpoint: TensorFiles;
  readonly #onProgress: UploadProgress;
  readonly #slabBytes: number;
  readonly #staging: GPUBuffer;
  readonly #params: GPUBuffer;
  readonly #overflow: GPUBuffer;
  #slab: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #doneBytes = 0;
  #pendingBytes = 0;

  /**
   * @param gpu Device.
   * @param checkpoint Where tensors are read.
   * @param onProgress Called after each slab.
   */
  constructor(gpu: Gpu, checkpoint: TensorFiles, onProgress: UploadProgress) {
    this.#gpu = gpu;
    this.#checkpoint = checkpoint;
    this.#onProgress = onProgress;
    this.#slabBytes = Math.min(SLAB_BYTES, gpu.maxBindingBytes);
    this.#staging = gpu.createBuffer("upload staging", this.#slabBytes);
    this.#params = gpu.createBuffer(
      "upload params",
      16,
      GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    );
    this.#overflow = gpu.createBuffer("upload overflow", 16);
  }

  /**
   * Uploads a matrix made of one or more tensors.
   *
   * @param label Name in messages.
   * @param parts Tensors and where their rows go.
   * @param shape Rows of the whole matrix, number type, columns where parts lie side by side, and what numbers are rounded
   *   to where whole blocks of columns allow it (default: nothing). What is stored in blocks stays in them.
   * @returns The matrix; rows that no part fills are zero.
   * @throws {RangeError} If a number does not fit the number type, or a row is too large to upload.
   */
  async matrix(
    label: string,
    parts: readonly MatrixPart[],
    shape: {
      readonly numRows: number;
      readonly elem: Elem;
      readonly numCols?: number;
      readonly rounded?: RoundedFormat | null;
    },
  ): Promise<PackedMatrix> {
    const { numRows, elem, rounded = null } = shape;
    const numCols = shape.numCols ?? parts[0]?.entry.shape[1] ?? 0;
    const wishOf = ({ entry }: MatrixPart): WeightFormat => {
      if (shape.numCols !== undefined) return elem;
      if (isBlockFormat(entry.dtype)) return entry.dtype;
      return numbersFormat(numCols, { elem, rounded });
    };
    const sections = matrixSections(
      parts.map((part) => ({ rowMap: part.rowMap, wish: wishOf(part) })),
      { numRows, numCols, fallback: elem },
    );
    const matrix = await this.#gpu.guard(
      `allocate "${label}"`,
      () =>
        createPackedMatrix(this.#gpu, label, {
          numRows,
          numCols,
          elem,
          sections,
        }),
    );
    for (const part of parts) await this.#upload(matrix, part);
    return matrix;
  }

  /**
   * Uploads vectors, one after another or as their row maps say, as f32.
   *
   * @param label Name in messages.
   * @param parts Tensors `[M]`, where their elements go, and what is added to each (default: 0).
   * @param length Elements of the whole.
   * @returns The buffer.
   * @throws {RangeError} If a number is not finite.
   */
  async vector(
    label: string,
    parts: readonly {
      readonly entry: WeightEntry;
      readonly rowMap?: Uint32Array<ArrayBuffer>;
      readonly offset?: number;
    }[],
    length: number,
  ): Promise<GPUBuffer> {
    const values = new Float32Array(Math.ceil(length / 4) * 4);
    for (const { entry, rowMap, offset = 0 } of parts) {
      const map = storedRowMap(
        entry,
        rowMap ?? identityMap(entry.shape[0] ?? 0, 0),
      );
      const bytes = new Uint8Array(entry.sizeBytes);
      await this.#checkpoint.readTensorBytes(entry, {
        startBytes: 0,
        into: bytes,
      });
      storedValues(bytes, entry.dtype).forEach((value, index) => {
        if (!Number.isFinite(value)) {
          throw new RangeError(
            `Cannot load "${entry.name}" as its numbers must be finite: number ${index} is ${value}`,
          );
        }
        values[map[index] ?? index] = value + offset;
      });
      this.#advance(entry.sizeBytes);
    }
    const buffer = this.#gpu.createBuffer(label, values.byteLength);
    this.#gpu.device.queue.writeBuffer(buffer, 0, values);
    return buffer;
  }

  /**
   * Waits for the uploads, and checks that every number could be held.
   *
   * @param elem Number type of the matrices, for the message.
   * @throws {RangeError} If a number could not be held.
   */
  async finish(elem: Elem): Promise<void> {
    const words = new Uint32Array(await readBuffer(this.#gpu, this.#overflow));
    const count = words[0] ?? 0;
    if (count > 0) {
      throw new RangeError(
        `Cannot load "${this.#checkpoint.weightsFile}" as its weights must be finite${
          elem === "f16" ? " and at most 65504 in f16 (try f32)" : ""
        }: ${count} are not`,
      );
    }
  }

  async #upload(matrix: PackedMatrix, part: MatrixPart): Promise<void> {
    const gpu = this.#gpu;
    const { entry } = part;
    const numCols = entry.shape[1] ?? 0;
    const rowMap = gpu.createBuffer("upload rows", part.rowMap.byteLength);
    gpu.device.queue.writeBuffer(rowMap, 0, storedRowMap(entry, part.rowMap));
    const { source, launches } = packPart(gpu, {
      stored: entry.dtype,
      numCols,
      firstCol: part.firstCol ?? 0,
      out: matrix,
      params: this.#params,
      source: this.#staging,
      rowMap,
      overflow: this.#overflow,
    });
    const storedBytes = storedRowBytes(entry.dtype, numCols);
    const rowBytes = storedRowBytes(source, numCols);
    const slabRows = Math.floor(
      this.#slabBytes / Math.max(storedBytes, rowBytes),
    );
    if (slabRows === 0) {
      throw new RangeError(
        `Cannot load "${entry.name}" as a row must be at most ${this.#slabBytes} bytes: ${rowBytes}`,
      );
    }
    const numRows = part.rowMap.length;
    for (let first = 0; first < numRows; first += slabRows) {
      const count = Math.min(slabRows, numRows - first);
      const sizeBytes = count * storedBytes;
      await this.#write(entry, {
        startBytes: first * storedBytes,
        sizeBytes,
        isWidened: source !== entry.dtype,
      });
      const queue = gpu.device.queue;
      queue.writeBuffer(this.#params, 0, new Uint32Array([first, count]));
      submitPass(gpu, launches(count));
      this.#advance(sizeBytes);
      if (this.#pendingBytes > IN_FLIGHT_BYTES) {
        await queue.onSubmittedWorkDone();
        this.#pendingBytes = 0;
      }
    }
    gpu.destroyBuffer(rowMap);
  }

  async #write(
    entry: WeightEntry,
    rows: {
      readonly startBytes: number;
      readonly sizeBytes: number;
      /** Whether blocks become f32 numbers on the way. */
      readonly isWidened: boolean;
    },
  ): Promise<void> {
    const { startBytes, sizeBytes, isWidened } = rows;
    const padded = Math.ceil(sizeBytes / 4) * 4;
    if (this.#slab.length < padded) this.#slab = new Uint8Array(padded);
    const into = this.#slab.subarray(0, sizeBytes);
    await this.#checkpoint.readTensorBytes(entry, { startBytes, into });
    const { queue } = this.#gpu.device;
    if (isWidened) {
      queue.writeBuffer(this.#staging, 0, storedValues(into, entry.dtype));
    } else {
      queue.writeBuffer(this.#staging, 0, this.#slab, 0, padded);
    }
  }

  #advance(sizeBytes: number): void {
    this.#doneBytes += sizeBytes;
    this.#pendingBytes += sizeBytes;
    this.#onProgress(this.#doneBytes);
  }

  /** Frees what uploading needed. */
  [Symbol.dispose](): void {
    this.#gpu.destroyBuffer(this.#staging);
    this.#gpu.destroyBuffer(this.#params);
    this.#gpu.destroyBuffer(this.#overflow);
  }
}
