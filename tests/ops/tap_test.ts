import { assertEquals, assertThrows } from "@std/assert";
import { tap } from "../../src/ops/mod.ts";
import { rowWords } from "../reference/lib/rows.ts";
import { tap as twin } from "../reference/tap.ts";
import { openHarness } from "./_harness.ts";
import { elemArray, Random } from "./_random.ts";
import { assertRowInvariant, TABLE_BYTES } from "./_row_invariance.ts";
import { sequence } from "./_rows.ts";

const harness = await openHarness();

for (const elem of harness.elems) {
  Deno.test(`tap() equals its twin exactly over a table of shapes in ${elem}, other columns left as they are`, async () => {
    const random = new Random(1);
    for (
      const [T, D, firstCol, numCols] of [
        [1, 4, 0, 4],
        [3, 64, 64, 192],
        [5, 68, 136, 204],
        [9, 576, 0, 1728],
      ] as const
    ) {
      const rows = rowWords({ row: sequence(T), firstLogitRow: 0 });
      // Numbers that f16 holds, so that no rounding is left open.
      const x = Float32Array.from(random.uniform("f16", T * D));
      const before = random.uniform(elem, T * numCols);
      const out = harness.upload(before);
      const op = tap(harness.gpu, {
        rows: harness.upload(rows),
        x: harness.upload(x),
        out,
        elem,
        hiddenSize: D,
        numCols,
        firstCol,
      });
      await harness.run(() => op(T));
      const expected = Float64Array.from(before);
      twin({ rows, x, out: expected }, { D, FIRST: firstCol, STRIDE: numCols });
      assertEquals(
        await harness.read(out, elemArray(elem, expected).fill(NaN)),
        elemArray(elem, expected),
        `[${T}, ${D}] at ${firstCol}`,
      );
    }
  });

  Deno.test(`tap() computes a row bit for bit as it does alone in ${elem}`, async () => {
    const D = 68;
    const random = new Random(2);
    const rows = harness.empty(TABLE_BYTES);
    const x = harness.empty(64 * D * 4);
    const rowBytes = D * (elem === "f16" ? 2 : 4);
    const out = harness.empty(64 * rowBytes);
    const op = tap(harness.gpu, {
      rows,
      x,
      out,
      elem,
      hiddenSize: D,
      numCols: D,
      firstCol: 0,
    });
    await assertRowInvariant(harness, {
      rows,
      row: sequence(64),
      inputs: [{ buffer: x, values: random.normals(64 * D) }],
      outputs: [{ buffer: out, rowBytes }],
    }, { op });
  });
}

Deno.test("tap() refuses columns that do not fit", () => {
  const buffer = harness.empty(64);
  assertThrows(
    () =>
      tap(harness.gpu, {
        rows: buffer,
        x: buffer,
        out: buffer,
        elem: "f32",
        hiddenSize: 4,
        numCols: 8,
        firstCol: 5,
      }),
    RangeError,
    "Cannot tap 4 columns from 5 on as there must be that many: 8",
  );
});
