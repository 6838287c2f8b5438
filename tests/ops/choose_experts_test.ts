import { assertEquals, assertThrows } from "@std/assert";
import { assertClose } from "./_close.ts";
import { assertRowInvariant, TABLE_BYTES } from "./_row_invariance.ts";
import { elemArray, Random, widen } from "./_random.ts";
import { chooseExperts } from "../../src/ops/mod.ts";
import { openHarness, testBothCuts } from "./_harness.ts";
import { rowWords } from "../reference/lib/rows.ts";
import { sequence } from "./_rows.ts";
import { chooseExperts as twin } from "../reference/choose_experts.ts";

const harness = await openHarness();

for (const elem of harness.elems) {
  testBothCuts(
    harness,
    `chooseExperts() equals its twin over a table of shapes in ${elem}`,
    async () => {
      const random = new Random(1);
      for (
        const [T, D, X, numChosen] of [
          [1, 4, 2, 1],
          [5, 64, 8, 2],
          [3, 260, 5, 5],
          [9, 1028, 64, 8],
        ] as const
      ) {
        const rows = rowWords({ row: sequence(T), firstLogitRow: 0 });
        const x = random.uniform(elem, T * D);
        const w = Float32Array.from(random.normals(X * D, 3 / Math.sqrt(D)));
        const choice = harness.empty(T * numChosen * 8);
        const op = chooseExperts(harness.gpu, {
          rows: harness.upload(rows),
          x: harness.upload(x),
          w: harness.upload(w),
          elem,
          hiddenSize: D,
          numExperts: X,
          numChosen,
          choice,
        });
        await harness.run(() => op(T));
        const expected = twin({ rows, x: widen(x), w }, {
          D,
          NUM_EXPERTS: X,
          CHOSEN: numChosen,
        }).flat();
        const words = await harness.read(
          choice,
          new Uint32Array(2 * T * numChosen),
        );
        const label = `${T} rows, ${numChosen} of ${X} on ${D}`;
        assertEquals(
          Array.from(words).filter((_, index) => index % 2 === 0),
          expected.map(({ expert }) => expert),
          label,
        );
        const floats = new Float32Array(words.buffer);
        assertClose(
          Array.from(floats).filter((_, index) => index % 2 === 1),
          expected.map(({ weight }) => weight),
          // Gates are below 12, sums of D products of size 3/sqrt(D).
          { absolute: 12 * (D / 8 + 64) * 2 ** -24, label },
        );
      }
    },
  );

  testBothCuts(
    harness,
    `chooseExperts() takes the first of equals in ${elem}`,
    async () => {
      const choice = harness.empty(2 * 8);
      const op = chooseExperts(harness.gpu, {
        rows: harness.upload(rowWords({ row: sequence(1), firstLogitRow: 0 })),
        x: harness.upload(elemArray(elem, [1, 0, 0, 0])),
        w: harness.upload(
          Float32Array.from([-9, 2, 1, 2, 2].flatMap((g) => [g, 0, 0, 0])),
        ),
        elem,
        hiddenSize: 4,
        numExperts: 5,
        numChosen: 2,
        choice,
      });
      await harness.run(() => op(1));
      const words = await harness.read(choice, new Uint32Array(4));
      const floats = new Float32Array(words.buffer);
      assertEquals([words[0], words[2]], [1, 3]);
      assertEquals([floats[1], floats[3]], [0.5, 0.5]);
    },
  );

  testBothCuts(
    harness,
    `chooseExperts() computes a row bit for bit as it does alone in ${elem}`,
    async () => {
      const [D, X, numChosen] = [68, 8, 2];
      const random = new Random(2);
      const rows = harness.empty(TABLE_BYTES);
      const x = harness.empty(64 * D * 4);
      const choice = harness.empty(64 * numChosen * 8);
      const op = chooseExperts(harness.gpu, {
        rows,
        x,
        w: harness.upload(random.normals(X * D)),
        elem,
        hiddenSize: D,
        numExperts: X,
        numChosen,
        choice,
      });
      await assertRowInvariant(harness, {
        rows,
        row: sequence(64),
        inputs: [{ buffer: x, values: random.uniform(elem, 64 * D) }],
        outputs: [{ buffer: choice, rowBytes: numChosen * 8 }],
      }, { op });
    },
  );
}

Deno.test("chooseExperts() rejects more experts than it can hold", () => {
  const some = harness.empty(4096);
  const build = (numExperts: number, numChosen: number) => () =>
    chooseExperts(harness.gpu, {
      rows: some,
      x: some,
      w: some,
      choice: some,
      elem: "f32",
      hiddenSize: 4,
      numExperts,
      numChosen,
    });
  for (const [numExperts, numChosen] of [[65, 2], [2, 3]] as const) {
    const error = assertThrows(build(numExperts, numChosen), RangeError);
    assertEquals(
      error.message,
      `Cannot choose experts as they must be at most 64, and no more chosen: ${numChosen} of ${numExperts}`,
    );
  }
});
