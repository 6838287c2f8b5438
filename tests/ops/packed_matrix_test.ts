import { assertEquals, assertThrows } from "@std/assert";
import { Gpu } from "../../src/gpu/gpu.ts";
import { createPackedMatrix, padCols, sliceBytes } from "../../src/ops/mod.ts";
import { openHarness } from "./_harness.ts";

const harness = await openHarness();

Deno.test("createPackedMatrix() takes one slice where a binding can hold the matrix", () => {
  const shape = { numRows: 33, numCols: 5, elem: "f16" } as const;
  const matrix = createPackedMatrix(harness.gpu, "w", shape);
  assertEquals([matrix.numRows, matrix.numCols], [33, 8]);
  assertEquals(matrix.slices.length, 1);
  const [slice] = matrix.slices;
  assertEquals([slice?.firstRow, slice?.numRows], [0, 33]);
  assertEquals(slice?.buffer.size, 2 * 32 * 8 * 2);
});

Deno.test("createPackedMatrix() splits by rows, in multiples of 32, where one binding cannot hold the matrix", async () => {
  const shape = { numRows: 200, numCols: 8, elem: "f32" } as const;
  for (
    const [maxBindingBytes, expected] of [
      [32 * 8 * 4, [
        [0, 32],
        [32, 32],
        [64, 32],
        [96, 32],
        [128, 32],
        [160, 32],
        [192, 8],
      ]],
      [3.5 * 32 * 8 * 4, [[0, 96], [96, 96], [192, 8]]],
      [7 * 32 * 8 * 4, [[0, 200]]],
    ] as const
  ) {
    using gpu = await Gpu.open({ maxBindingBytes });
    const matrix = createPackedMatrix(gpu, "w", shape);
    const ranges = matrix.slices.map((
      slice,
    ) => [slice.firstRow, slice.numRows]);
    assertEquals(ranges, expected.map((range) => [...range]));
    for (const slice of matrix.slices) {
      assertEquals(slice.buffer.size, sliceBytes(matrix, slice));
    }
  }
});

Deno.test("createPackedMatrix() rejects rows of which no 32 fit a buffer", () => {
  const numCols = Math.ceil(harness.gpu.maxBindingBytes / 32 / 4) + 4;
  const error = assertThrows(
    () =>
      createPackedMatrix(harness.gpu, "w", {
        numRows: 1,
        numCols,
        elem: "f32",
      }),
    RangeError,
  );
  assertEquals(error.message.startsWith('Cannot allocate "w[0..]"'), true);
});

Deno.test("padCols() rounds up to a multiple of 4", () => {
  assertEquals([0, 1, 4, 5, 576].map(padCols), [0, 4, 4, 8, 576]);
});
