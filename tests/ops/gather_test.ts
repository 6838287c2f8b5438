import { assertEquals } from "@std/assert";
import { gather } from "../../src/ops/mod.ts";
import { gather as twin } from "../reference/gather.ts";
import { rowWords } from "../reference/lib/rows.ts";
import { openHarness } from "./_harness.ts";
import { elemArray, Random } from "./_random.ts";
import { assertRowInvariant, TABLE_BYTES } from "./_row_invariance.ts";

const harness = await openHarness();

for (const elem of harness.elems) {
  Deno.test(`gather() equals its twin exactly over a table of shapes in ${elem}`, async () => {
    const random = new Random(1);
    for (
      const [D, T, numHidden] of [
        [4, 1, 1],
        [192, 3, 9],
        [68, 7, 3],
        [1728, 64, 64],
      ] as const
    ) {
      const row = Array.from({ length: T }, (_, position) => ({
        token: 0,
        position,
        hiddenRow: random.below(numHidden),
      }));
      const rows = rowWords({ row, firstLogitRow: 0 });
      const x = random.uniform(elem, numHidden * D);
      const out = harness.empty(T * D * 4);
      const op = gather(harness.gpu, {
        rows: harness.upload(rows),
        x: harness.upload(x),
        out,
        elem,
        numCols: D,
      });
      await harness.run(() => op(T));
      const expected = new Float64Array(T * D);
      twin({ rows, x, out: expected }, { D });
      // Copies are not rounded.
      assertEquals(
        await harness.read(out, elemArray(elem, expected).fill(NaN)),
        elemArray(elem, expected),
        `[${numHidden}, ${D}], ${T} rows`,
      );
    }
  });

  Deno.test(`gather() computes a row bit for bit as it does alone in ${elem}`, async () => {
    const D = 68;
    const random = new Random(2);
    const rows = harness.empty(TABLE_BYTES);
    const rowBytes = D * (elem === "f16" ? 2 : 4);
    const out = harness.empty(64 * rowBytes);
    const op = gather(harness.gpu, {
      rows,
      x: harness.upload(random.uniform(elem, 50 * D)),
      out,
      elem,
      numCols: D,
    });
    await assertRowInvariant(harness, {
      rows,
      row: Array.from({ length: 64 }, (_, position) => ({
        token: 0,
        position,
        hiddenRow: random.below(50),
      })),
      inputs: [],
      outputs: [{ buffer: out, rowBytes }],
    }, { op });
  });
}
