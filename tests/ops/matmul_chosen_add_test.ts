import { assertClose, productTolerance } from "./_close.ts";
import { assertRowInvariant, TABLE_BYTES } from "./_row_invariance.ts";
import { choiceWords, randomChoices } from "./_choices.ts";
import { expertRows, matmulChosenAdd } from "../../src/ops/mod.ts";
import { openHarness, testBothCuts } from "./_harness.ts";
import { packMatrix } from "./_packed.ts";
import { Random, widen } from "./_random.ts";
import { rowWords } from "../reference/lib/rows.ts";
import { sequence } from "./_rows.ts";
import { matmulChosenAdd as twin } from "../reference/matmul_chosen_add.ts";

const harness = await openHarness();

/** Packed rows of the experts' rows. */
function rowMap(X: number, D: number): number[] {
  return Array.from(
    { length: X * D },
    (_, row) => Math.floor(row / D) * expertRows(D) + row % D,
  );
}

for (const elem of harness.elems) {
  testBothCuts(
    harness,
    `matmulChosenAdd() equals its twin over a table of shapes in ${elem}`,
    async () => {
      const random = new Random(1);
      for (
        const [T, K, D, X, numChosen, sliceRows] of [
          [1, 4, 4, 2, 1, undefined],
          [3, 68, 36, 4, 2, 32],
          [9, 100, 48, 8, 2, 192],
          [2, 576, 64, 3, 3, undefined],
        ] as const
      ) {
        const shape = { T, numExperts: X, numChosen };
        const choice = randomChoices(random, shape);
        const x = random.uniform(elem, T * numChosen * K);
        const w = random.uniform(elem, X * D * K, 1 / Math.sqrt(K));
        const before = random.normals(T * D);
        const out = harness.upload(before);
        const op = matmulChosenAdd(harness.gpu, {
          rows: harness.upload(
            rowWords({ row: sequence(T), firstLogitRow: 0 }),
          ),
          x: harness.upload(x),
          w: packMatrix(harness, w, {
            elem,
            M: X * expertRows(D),
            K,
            rowMap: rowMap(X, D),
            sliceRows,
          }),
          numExperts: X,
          numChosen,
          choice: harness.upload(choiceWords(choice)),
          out,
          hiddenSize: D,
        });
        await harness.run(() => op(T));
        const expected = Float64Array.from(before);
        twin({ x: widen(x), w: widen(w), choice, out: expected }, { K, D });
        assertClose(
          await harness.read(out, new Float32Array(T * D).fill(NaN)),
          expected,
          {
            // A product for each choice, of weight below 1, and sums that stay below 8.
            absolute: numChosen * (productTolerance(K) + 8 * 2 ** -24),
            label: `${T} rows, ${numChosen} of ${X} [${D}, ${K}]`,
          },
        );
      }
    },
  );

  Deno.test(`matmulChosenAdd() computes a row bit for bit as it does alone, however it and its matrix are cut, in ${elem}`, async () => {
    // 34 chunks of K, the last one short: two rounds of the most groups.
    const [K, D, X, numChosen] = [2116, 44, 3, 2];
    const random = new Random(2);
    const rows = harness.empty(TABLE_BYTES);
    const x = harness.empty(64 * numChosen * K * 4);
    const choice = harness.empty(64 * numChosen * 8);
    const out = harness.empty(64 * D * 4);
    const values = random.uniform(elem, X * D * K, 1 / Math.sqrt(K));
    const choices = randomChoices(random, { T: 64, numExperts: X, numChosen });
    const launches = [1, 8, 32].flatMap((groups) =>
      [undefined, 32, 96].map((sliceRows) => [
        `${groups} groups, slices of ${sliceRows}`,
        matmulChosenAdd(harness.gpu, {
          rows,
          x,
          w: packMatrix(harness, values, {
            elem,
            M: X * expertRows(D),
            K,
            rowMap: rowMap(X, D),
            sliceRows,
          }),
          numExperts: X,
          numChosen,
          choice,
          groups,
          out,
          hiddenSize: D,
        }),
      ])
    );
    await assertRowInvariant(harness, {
      rows,
      row: sequence(64),
      inputs: [
        { buffer: x, values: random.uniform(elem, 64 * numChosen * K) },
        { buffer: choice, values: choiceWords(choices) },
        { buffer: out, values: random.normals(64 * D) },
      ],
      outputs: [{ buffer: out, rowBytes: D * 4 }],
    }, Object.fromEntries(launches));
  });
}
