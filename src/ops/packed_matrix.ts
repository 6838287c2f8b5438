import type { Elem } from "../gpu/shader.ts";
import type { Gpu } from "../gpu/gpu.ts";
import {
  blockCols,
  packedRowsBytes,
  type WeightFormat,
} from "./weight_format.ts";

/** Outputs that lie side by side in a packed matrix. */
export const PACK_ROWS = 32;

/** Some rows of a packed matrix, small enough for one binding. */
export interface MatrixSlice {
  /** `[ceil(numRows/32), K, 32]` elements, or blocks as `kernels/lib/block_layout.wgsl` lays them out. */
  readonly buffer: GPUBuffer;
  /** First row of the whole matrix, a multiple of 32. */
  readonly firstRow: number;
  /** Rows in this slice. */
  readonly numRows: number;
  /** How their weights are stored. */
  readonly format: WeightFormat;
}

/** Rows of a matrix that are stored alike. */
export interface MatrixSection {
  /** How many; of all sections but the last, a multiple of 32. */
  readonly numRows: number;
  /** How their weights are stored. */
  readonly format: WeightFormat;
}

/** A weight matrix `[M, K]` on the device, in the layout that the matrix kernels read. */
export interface PackedMatrix {
  /** Name in messages. */
  readonly label: string;
  /** Outputs, `M`. */
  readonly numRows: number;
  /** Inputs, `K`, padded with zeros to a multiple of 4. */
  readonly numCols: number;
  /** Number type of what it is multiplied by. */
  readonly elem: Elem;
  /** The rows, in order. */
  readonly slices: readonly MatrixSlice[];
}

/**
 * Rounds a number of columns up to what packed matrices store.
 *
 * @param numCols Columns, `K`.
 * @returns The next multiple of 4.
 */
export function padCols(numCols: number): number {
  return Math.ceil(numCols / 4) * 4;
}

/**
 * Allocates a packed matrix of zeros, split by rows where one binding cannot hold it, and where its rows are stored
 * otherwise.
 *
 * @param gpu Device.
 * @param label Name in messages.
 * @param shape Rows `M`, columns `K`, number type of what it is multiplied by, and how its rows are stored (default: all as
 *   that number type).
 * @returns The matrix.
 * @throws {RangeError} If the columns are no whole blocks, or not even 32 rows fit one binding.
 */
export function createPackedMatrix(
  gpu: Gpu,
  label: string,
  shape: {
    readonly numRows: number;
    readonly numCols: number;
    readonly elem: Elem;
    readonly sections?: readonly MatrixSection[];
  },
): PackedMatrix {
  const { numRows, elem } = shape;
  const numCols = padCols(shape.numCols);
  const { sections = [{ numRows, format: elem }] } = shape;
  const slices: MatrixSlice[] = [];
  let first = 0;
  for (const section of sections) {
    const { format } = section;
    if (numCols % blockCols(format) !== 0 || first % PACK_ROWS !== 0) {
      throw new RangeError(
        `Cannot allocate "${label}" as its columns must be a multiple of ${
          blockCols(format)
        } in ${format}, and the rows before of ${PACK_ROWS}: ${numCols}, ${first}`,
      );
    }
    const blockBytes = packedRowsBytes(format, numCols);
    const rowsPerSlice = PACK_ROWS *
      Math.max(1, Math.floor(gpu.maxBindingBytes / blockBytes));
    const end = first + section.numRows;
    while (first < end) {
      const numRows = Math.min(rowsPerSlice, end - first);
      const numBlocks = Math.ceil(numRows / PACK_ROWS);
      const buffer = gpu.createBuffer(
        `${label}[${first}..]`,
        numBlocks * blockBytes,
      );
      slices.push({ buffer, firstRow: first, numRows, format });
      first += numRows;
    }
  }
  return { label, numRows, numCols, elem, slices };
}

/**
 * Counts the bytes of a slice.
 *
 * @param matrix The matrix.
 * @param slice One of its slices.
 * @returns Bytes, padding included.
 */
export function sliceBytes(matrix: PackedMatrix, slice: MatrixSlice): number {
  const numBlocks = Math.ceil(slice.numRows / PACK_ROWS);
  return numBlocks * packedRowsBytes(slice.format, matrix.numCols);
}
