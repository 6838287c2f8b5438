import { assertEquals } from "@std/assert";
import { padCols } from "../../src/ops/mod.ts";
import { assertClose, F16_ROUNDING } from "./_close.ts";
import { openHarness } from "./_harness.ts";
import { packBoth } from "./_pack.ts";
import { Random } from "./_random.ts";

const harness = await openHarness();
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
        const packed = await packBoth(harness, {
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
  const packed = await packBoth(harness, {
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
  const packed = await packBoth(harness, {
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
    const packed = await packBoth(harness, {
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
    const { overflow, expectedOverflow } = await packBoth(harness, {
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
    const packed = await packBoth(harness, {
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
