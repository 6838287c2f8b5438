import {
  BLOCK_BYTES,
  blockCols,
  createPackedMatrix,
  packBlocks,
  type PackedMatrix,
  type WeightBlocks,
} from "../../src/ops/mod.ts";
import { blockElement } from "../reference/lib/block_formats.ts";
import type { Elem } from "../../src/gpu/shader.ts";
import type { Harness } from "./_harness.ts";
import type { Random } from "./_random.ts";

/** A matrix in blocks. */
export interface BlockMatrix {
  readonly matrix: PackedMatrix;
  /** As stored in a file, row by row. */
  readonly source: Uint8Array<ArrayBuffer>;
  /** `[M, K]`, by the packed row. */
  readonly values: Float64Array;
}

/** Sizes of a matrix in blocks, and how it is cut. */
export interface BlockShape {
  readonly format: WeightBlocks;
  readonly elem?: Elem;
  readonly M: number;
  readonly K: number;
  /** Rows of each slice but the last; default: one slice. */
  readonly sliceRows?: number | undefined;
  /** Packed row for each row; default: the same. */
  readonly rowMap?: readonly number[];
  /** Rows in each upload; default: all. */
  readonly rowsAtOnce?: number;
}

/** Offsets of the f16 numbers of a block. */
const HALVES: Readonly<Record<WeightBlocks, readonly number[]>> = {
  Q4_0: [0],
  Q4_1: [0, 2],
  Q5_0: [0],
  Q5_1: [0, 2],
  Q8_0: [0],
  Q4_K: [0, 2],
  Q5_K: [0, 2],
  Q6_K: [208],
};

/** Random bytes whose scales are of either sign, between a power of two, 1/64 unless told otherwise, and 8 times as much. */
export function randomBlocks(
  random: Random,
  { format, M, K, least = 2 ** -6 }: BlockShape & { readonly least?: number },
): Uint8Array<ArrayBuffer> {
  const numBlocks = M * K / blockCols(format);
  const size = BLOCK_BYTES[format];
  const bytes = Uint8Array.from(
    { length: numBlocks * size },
    () => random.below(256),
  );
  const view = new DataView(bytes.buffer);
  for (let block = 0; block < numBlocks; block++) {
    for (const offset of HALVES[format]) {
      const exponent = 15 + Math.log2(least) + random.below(3);
      const bits = random.below(2) << 15 | exponent << 10 | random.below(1024);
      view.setUint16(block * size + offset, bits, true);
    }
  }
  return bytes;
}

/** Puts rows in blocks onto the device. */
export async function uploadBlocks(
  harness: Harness,
  source: Uint8Array<ArrayBuffer>,
  shape: BlockShape,
): Promise<BlockMatrix> {
  const { format, elem = "f32", M, K } = shape;
  const rowBytes = K / blockCols(format) * BLOCK_BYTES[format];
  const numRows = source.length / rowBytes;
  const rowMap = shape.rowMap ?? Array.from({ length: numRows }, (_, m) => m);
  const matrix = createSlices(harness, { ...shape, elem });
  const rowsAtOnce = shape.rowsAtOnce ?? numRows;
  const args = {
    params: harness.uniform(new Uint32Array(4)),
    source: harness.empty(Math.ceil(rowsAtOnce * rowBytes / 4) * 4),
    format,
    rowMap: harness.upload(Uint32Array.from(rowMap)),
    out: matrix,
  };
  const launches = packBlocks(harness.gpu, args);
  for (let first = 0; first < numRows; first += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, numRows - first);
    const from = first * rowBytes;
    const rows = source.subarray(from, from + count * rowBytes);
    harness.write(args.params, Uint32Array.of(first, count));
    harness.write(args.source, rows);
    await harness.run(() => launches(count));
  }
  const values = new Float64Array(M * K);
  for (const [row, m] of rowMap.entries()) {
    const bytes = source.subarray(row * rowBytes, (row + 1) * rowBytes);
    for (let k = 0; k < K; k++) {
      values[m * K + k] = blockElement(format, bytes, k).value;
    }
  }
  return { matrix, source, values };
}

function createSlices(
  harness: Harness,
  shape: BlockShape & { readonly elem: Elem },
): PackedMatrix {
  const { M, K: numCols, elem, format, sliceRows = M } = shape;
  const slices = Array.from({ length: Math.ceil(M / sliceRows) }, (_, i) => {
    const numRows = Math.min(sliceRows, M - i * sliceRows);
    const sections = [{ numRows, format }];
    const part = { numRows, numCols, elem, sections };
    return createPackedMatrix(harness.gpu, "w", part).slices.map((slice) => ({
      ...slice,
      firstRow: i * sliceRows,
    }));
  }).flat();
  return { label: "w", numRows: M, numCols, elem, slices };
}
