import { assertEquals } from "@std/assert";
import { draftInput } from "../../src/ops/mod.ts";
import { draftInput as twin } from "../reference/draft_input.ts";
import { rowWords } from "../reference/lib/rows.ts";
import { openHarness } from "./_harness.ts";
import { packMatrix } from "./_packed.ts";
import { elemArray, Random } from "./_random.ts";
import { assertRowInvariant, TABLE_BYTES } from "./_row_invariance.ts";

const harness = await openHarness();

for (const elem of harness.elems) {
  Deno.test(`draftInput() equals its twin exactly over a table of shapes in ${elem}`, async () => {
    const random = new Random(1);
    for (
      const [V, D, T, numHidden, sliceRows] of [
        [1, 4, 1, 1, undefined],
        [33, 64, 3, 9, undefined],
        [500, 68, 7, 3, 480],
        [512, 576, 5, 64, 192],
        [32000, 4, 64, 128, 16000],
      ] as const
    ) {
      // First and last token, and those beside a border of slices, then any.
      const edges = [0, V - 1, (sliceRows ?? V) - 1, (sliceRows ?? 0) % V];
      const row = Array.from({ length: T }, (_, t) => ({
        token: edges[t] ?? random.below(V),
        position: t,
        hiddenRow: random.below(numHidden),
      }));
      const rows = rowWords({ row, firstLogitRow: 0 });
      const w = random.uniform(elem, V * D);
      const hidden = random.uniform(elem, numHidden * D);
      const out = harness.empty(T * 2 * D * 4);
      const op = draftInput(harness.gpu, {
        rows: harness.upload(rows),
        w: packMatrix(harness, w, { elem, M: V, K: D, sliceRows }),
        hidden: harness.upload(hidden),
        out,
      });
      await harness.run(() => op(T));
      const expected = new Float64Array(T * 2 * D);
      twin({ rows, w, hidden, out: expected }, { D });
      const actual = elemArray(elem, expected).fill(NaN);
      // Copies are not rounded.
      assertEquals(
        await harness.read(out, actual),
        elemArray(elem, expected),
        `[${V}, ${D}], ${T} rows`,
      );
    }
  });

  Deno.test(`draftInput() computes a row bit for bit as it does alone in ${elem}`, async () => {
    const [V, D] = [100, 68];
    const random = new Random(2);
    const rows = harness.empty(TABLE_BYTES);
    const out = harness.empty(64 * 2 * D * 4);
    const op = draftInput(harness.gpu, {
      rows,
      w: packMatrix(
        harness,
        random.uniform(elem, V * D),
        { elem, M: V, K: D, sliceRows: 64 },
      ),
      hidden: harness.upload(random.uniform(elem, 50 * D)),
      out,
    });
    await assertRowInvariant(harness, {
      rows,
      row: Array.from({ length: 64 }, (_, position) => ({
        token: random.below(V),
        position,
        hiddenRow: random.below(50),
      })),
      inputs: [],
      outputs: [{
        buffer: out,
        rowBytes: 2 * D * (elem === "f16" ? 2 : 4),
      }],
    }, { op });
  });
}
