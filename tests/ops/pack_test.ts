import { assertEquals } from "@std/assert";
import {
  createPackedMatrix,
  pack,
  type PackedMatrix,
  padCols,
  type SourceFormat,
} from "../../src/ops/mod.ts";
import { pack as twin } from "../reference/pack.ts";
import { assertClose, F16_ROUNDING } from "./_close.ts";
import { openHarness } from "./_harness.ts";
import { elemArray, Random } from "./_random.ts";
import type { Elem } from "../../src/gpu/shader.ts";

const harness = await openHarness();
const FORMATS = { F32: 0, F16: 1, BF16: 2 } as const;
const ELEM_MAX = { f32: 3.4028234663852886e38, f16: 65504 } as const;

/** Numbers as a checkpoint stores them, in whole words. */
function encode(
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

interface Case {
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

function createSlices(test: Case): PackedMatrix {
  const { elem, M, sliceRows = M } = test;
  const numCols = test.packedCols ?? test.numCols;
  const shape = { numRows: M, numCols, elem };
  const matrix = createPackedMatrix(harness.gpu, "test", shape);
  const slices = Array.from({ length: Math.ceil(M / sliceRows) }, (_, i) => {
    const numRows = Math.min(sliceRows, M - i * sliceRows);
    const part = { numRows, numCols, elem };
    const [slice] = createPackedMatrix(harness.gpu, "test", part).slices;
    return { buffer: slice?.buffer, numRows, firstRow: i * sliceRows };
  }).flatMap(({ buffer, ...rest }) => buffer ? { buffer, ...rest } : []);
  return { ...matrix, slices };
}

interface Packed {
  readonly actual: readonly number[];
  readonly expected: readonly number[];
  readonly overflow: readonly number[];
  readonly expectedOverflow: readonly number[];
  readonly label: string;
}

/** Packs on the device and by the twin; gives both matrices, slice after slice, and both counts. */
async function packBoth(test: Case): Promise<Packed> {
  const { format, elem, values, numCols, M, firstCol = 0 } = test;
  const rowMap = Uint32Array.from(test.rowMap);
  const numRows = rowMap.length;
  const rowsAtOnce = test.rowsAtOnce ?? numRows;
  const matrix = createSlices(test);
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
    const words = encode(
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

const IDENTITY = (length: number): number[] =>
  Array.from({ length }, (_, row) => row);

for (const format of ["F32", "F16", "BF16"] as const) {
  for (const elem of harness.elems) {
    Deno.test(`pack() equals its twin over a table of shapes from ${format} to ${elem}`, async () => {
      const random = new Random(1);
      for (
        const [M, numCols, sliceRows, rowsAtOnce] of [
          [1, 1, 32, 1],
          [33, 5, 32, 7],
          [70, 64, 64, 70],
          [40, 131, 64, 33],
          [64, 576, 64, 64],
        ] as const
      ) {
        const packed = await packBoth({
          format,
          elem,
          values: random.normals(M * numCols),
          numCols,
          rowMap: IDENTITY(M),
          M,
          sliceRows,
          rowsAtOnce,
        });
        // Only what f32 and BF16 hold and f16 does not is rounded.
        const isRounded = elem === "f16" && format !== "F16";
        assertClose(packed.actual, packed.expected, {
          relative: isRounded ? F16_ROUNDING : 0,
          absolute: isRounded ? 2 ** -24 : 0,
          label: packed.label,
        });
        assertEquals(packed.overflow, [0]);
      }
    });
  }
}

Deno.test("pack() puts rows where the row map says and leaves the others zero", async () => {
  const random = new Random(2);
  const packed = await packBoth({
    format: "F32",
    elem: "f32",
    values: random.normals(6 * 8),
    numCols: 8,
    rowMap: [39, 0, 33, 31, 32, 7],
    M: 40,
    sliceRows: 32,
    rowsAtOnce: 4,
  });
  assertClose(packed.actual, packed.expected, { label: packed.label });
  const numNonZero = packed.actual.filter((value) => value !== 0).length;
  assertEquals(numNonZero, 6 * 8);
});

Deno.test("pack() pads columns with zeros", async () => {
  const packed = await packBoth({
    format: "F32",
    elem: "f32",
    values: new Float32Array(3).fill(1),
    numCols: 3,
    rowMap: [0],
    M: 1,
  });
  assertEquals(packed.actual.length, 32 * padCols(3));
  const first = packed.actual.filter((_, i) => i % 32 === 0);
  assertEquals(first, [1, 1, 1, 0]);
});

Deno.test("pack() fills the columns from the first one told, and no other", async () => {
  const random = new Random(3);
  for (
    const [numCols, firstCol, packedCols] of [[3, 5, 8], [70, 70, 140]] as const
  ) {
    const packed = await packBoth({
      format: "F32",
      elem: "f32",
      values: random.normals(33 * numCols),
      numCols,
      firstCol,
      packedCols,
      rowMap: IDENTITY(33),
      M: 33,
    });
    assertClose(packed.actual, packed.expected, { label: packed.label });
    const numNonZero = packed.actual.filter((value) => value !== 0).length;
    assertEquals(numNonZero, 33 * numCols);
  }
});

Deno.test("pack() counts numbers that are not finite or that f16 cannot hold", async () => {
  const values = [NaN, Infinity, -Infinity, 70000, -1e30, 65504, 1e-30, 1];
  const shape = { numCols: 8, rowMap: [0], M: 1, values } as const;
  const counts = { f32: [3], f16: [5] } as const;
  for (const elem of harness.elems) {
    const { overflow, expectedOverflow } = await packBoth({
      ...shape,
      format: "F32",
      elem,
    });
    assertEquals(overflow, expectedOverflow);
    assertEquals(overflow, [...counts[elem]]);
  }
});

Deno.test("pack() keeps the smallest normal and the largest numbers that f16 holds", async () => {
  const elem = harness.gpu.hasF16 ? "f16" : "f32";
  const values = [2 ** -14, -(2 ** -14), 1.5 * 2 ** -13, -65504];
  for (const format of ["F16", "BF16", "F32"] as const) {
    const packed = await packBoth({
      format,
      elem,
      values: format === "BF16" ? values.with(3, 65280) : values,
      numCols: 4,
      rowMap: [0],
      M: 1,
    });
    assertClose(packed.actual, packed.expected, { label: packed.label });
    assertEquals(packed.overflow, [0]);
  }
});
