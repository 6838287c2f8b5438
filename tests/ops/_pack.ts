import {
  createPackedMatrix,
  pack,
  type PackedMatrix,
  type SourceFormat,
} from "../../src/ops/mod.ts";
import { pack as twin } from "../reference/pack.ts";
import type { Harness } from "./_harness.ts";
import { elemArray } from "./_random.ts";
import type { Elem } from "../../src/gpu/shader.ts";

const FORMATS = { F32: 0, F16: 1, BF16: 2 } as const;
const ELEM_MAX = { f32: 3.4028234663852886e38, f16: 65504 } as const;

/** Numbers as a checkpoint stores them, in whole words. */
export function encodeSource(
  format: SourceFormat,
  values: ArrayLike<number>,
): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(values.length / 2) * 2);
  if (format === "F32") new Float32Array(words.buffer).set(values);
  if (format === "F16") new Float16Array(words.buffer).set(values);
  if (format === "BF16") {
    const bits = new Uint32Array(Float32Array.from(values).buffer);
    new Uint16Array(words.buffer).set(bits.map((word) => word >>> 16));
  }
  return words;
}

/** A matrix of a checkpoint and how it is packed. */
export interface PackCase {
  readonly format: SourceFormat;
  readonly elem: Elem;
  readonly values: ArrayLike<number>;
  readonly numCols: number;
  /** First packed column that they fill; default: 0. */
  readonly firstCol?: number;
  /** Columns of the packed matrix; default: as many. */
  readonly packedCols?: number;
  /** Packed row for each row. */
  readonly rowMap: readonly number[];
  /** Rows of the packed matrix. */
  readonly M: number;
  /** Rows of each slice but the last; default: one slice. */
  readonly sliceRows?: number;
  /** Rows in each upload; default: all. */
  readonly rowsAtOnce?: number;
}

function createSlices(harness: Harness, test: PackCase): PackedMatrix {
  const { elem, M, sliceRows = M } = test;
  const numCols = test.packedCols ?? test.numCols;
  const shape = { numRows: M, numCols, elem };
  const matrix = createPackedMatrix(harness.gpu, "test", shape);
  const slices = Array.from({ length: Math.ceil(M / sliceRows) }, (_, i) => {
    const numRows = Math.min(sliceRows, M - i * sliceRows);
    const part = { numRows, numCols, elem };
    const [slice] = createPackedMatrix(harness.gpu, "test", part).slices;
    return {
      buffer: slice?.buffer,
      numRows,
      firstRow: i * sliceRows,
      format: elem,
    };
  }).flatMap(({ buffer, ...rest }) => buffer ? { buffer, ...rest } : []);
  return { ...matrix, slices };
}

/** What the device and the twin pack. */
export interface Packed {
  readonly actual: readonly number[];
  readonly expected: readonly number[];
  readonly overflow: readonly number[];
  readonly expectedOverflow: readonly number[];
  readonly label: string;
}

/** Packs on the device and by the twin; gives both matrices, slice after slice, and both counts. */
export async function packBoth(
  harness: Harness,
  test: PackCase,
): Promise<Packed> {
  const { format, elem, values, numCols, M, firstCol = 0 } = test;
  const rowMap = Uint32Array.from(test.rowMap);
  const numRows = rowMap.length;
  const rowsAtOnce = test.rowsAtOnce ?? numRows;
  const matrix = createSlices(harness, test);
  const params = harness.uniform(new Uint32Array(4));
  const source = harness.empty(numRows * numCols * 4);
  const overflow = harness.empty(4);
  const op = pack(harness.gpu, {
    params,
    source,
    format,
    rowMap: harness.upload(rowMap),
    out: matrix,
    numCols,
    firstCol,
    overflow,
  });
  const K = matrix.numCols;
  const outs = matrix.slices.map((slice) =>
    new Float64Array(Math.ceil(slice.numRows / 32) * 32 * K)
  );
  const expectedOverflow = new Uint32Array(1);
  const all = Float64Array.from(values);
  for (let first = 0; first < numRows; first += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, numRows - first);
    const words = encodeSource(
      format,
      all.subarray(first * numCols, (first + count) * numCols),
    );
    harness.write(source, words);
    harness.write(params, Uint32Array.of(first, count));
    await harness.run(() => op(count));
    matrix.slices.forEach((slice, index) =>
      twin({
        params: Uint32Array.of(first, count),
        source: words,
        rowMap,
        out: outs[index] ?? new Float64Array(0),
        overflow: expectedOverflow,
      }, {
        SOURCE_K: numCols,
        K,
        K0: firstCol,
        M: slice.numRows,
        M0: slice.firstRow,
        FORMAT: FORMATS[format],
        ELEM_MAX: ELEM_MAX[elem],
      })
    );
  }
  const actual: number[] = [];
  for (const [index, slice] of matrix.slices.entries()) {
    const into = elemArray(elem, outs[index] ?? []).fill(NaN);
    actual.push(...await harness.read(slice.buffer, into));
  }
  return {
    actual,
    expected: outs.flatMap((out) => [...out]),
    overflow: [...await harness.read(overflow, new Uint32Array(1))],
    expectedOverflow: [...expectedOverflow],
    label: `${format} to ${elem}, [${M}, ${numCols}]`,
  };
}
