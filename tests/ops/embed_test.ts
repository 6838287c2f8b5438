import { assertEquals } from "@std/assert";
import { embed } from "../../src/ops/mod.ts";
import { embed as twin } from "../reference/embed.ts";
import { rowWords } from "../reference/lib/rows.ts";
import { openHarness } from "./_harness.ts";
import { packMatrix } from "./_packed.ts";
import { Random } from "./_random.ts";
import { assertRowInvariant, TABLE_BYTES } from "./_row_invariance.ts";

const harness = await openHarness();

for (const elem of harness.elems) {
  Deno.test(`embed() equals its twin exactly over a table of shapes in ${elem}`, async () => {
    const random = new Random(1);
    for (
      const [V, D, T, sliceRows, scale] of [
        [1, 4, 1, undefined, 1],
        [33, 64, 3, undefined, 1],
        [512, 64, 9, 192, 8],
        [500, 68, 7, 480, 0.5],
        [1000, 576, 5, undefined, 24],
        [32000, 4, 40, 16000, 2],
      ] as const
    ) {
      // First and last token, and those beside a border of slices, then any.
      const edges = [0, V - 1, (sliceRows ?? V) - 1, (sliceRows ?? 0) % V];
      const row = Array.from({ length: T }, (_, t) => ({
        token: edges[t] ?? random.below(V),
        position: t,
      }));
      const rows = rowWords({ row, firstLogitRow: 0 });
      const w = random.uniform(elem, V * D);
      const out = harness.empty(T * D * 4);
      const op = embed(harness.gpu, {
        rows: harness.upload(rows),
        w: packMatrix(harness, w, { elem, M: V, K: D, sliceRows }),
        out,
        scale,
      });
      await harness.run(() => op(T));
      const expected = new Float64Array(T * D);
      twin({ rows, w, out: expected }, { D, SCALE: scale });
      const actual = new Float32Array(T * D).fill(NaN);
      // Every f16 is an f32: at most the scaled number is rounded, and its double is f32 to the same one.
      assertEquals(
        await harness.read(out, actual),
        Float32Array.from(expected),
        `[${V}, ${D}], ${T} rows`,
      );
    }
  });

  Deno.test(`embed() computes a row bit for bit as it does alone in ${elem}`, async () => {
    const [V, D] = [100, 68];
    const random = new Random(2);
    const rows = harness.empty(TABLE_BYTES);
    const out = harness.empty(64 * D * 4);
    const w = packMatrix(
      harness,
      random.uniform(elem, V * D),
      { elem, M: V, K: D, sliceRows: 64 },
    );
    await assertRowInvariant(harness, {
      rows,
      row: Array.from({ length: 64 }, (_, position) => ({
        token: random.below(V),
        position,
      })),
      inputs: [],
      outputs: [{ buffer: out, rowBytes: D * 4 }],
    }, { op: embed(harness.gpu, { rows, w, out }) });
  });
}
