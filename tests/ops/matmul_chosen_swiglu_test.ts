import { assertEquals, assertThrows } from "@std/assert";
import { assertClose, F16_ROUNDING, productTolerance } from "./_close.ts";
import { assertRowInvariant, TABLE_BYTES } from "./_row_invariance.ts";
import { choiceWords, randomChoices } from "./_choices.ts";
import { elemArray, Random, widen } from "./_random.ts";
import {
  expertRows,
  matmulChosenSwiglu,
  padCols,
  swigluRowMap,
} from "../../src/ops/mod.ts";
import { openHarness, testBothCuts } from "./_harness.ts";
import { packMatrix } from "./_packed.ts";
import { rowWords } from "../reference/lib/rows.ts";
import { sequence } from "./_rows.ts";
import { matmulChosenSwiglu as twin } from "../reference/matmul_chosen_swiglu.ts";

const harness = await openHarness();

/** Packed rows of the experts' gate and up rows. */
function rowMap(X: number, F: number): number[] {
  const stride = expertRows(4 * Math.ceil(F / 2));
  return Array.from({ length: X }, (_, expert) => [
    ...swigluRowMap(F, "gate", expert * stride),
    ...swigluRowMap(F, "up", expert * stride),
  ]).flat();
}

for (const elem of harness.elems) {
  testBothCuts(
    harness,
    `matmulChosenSwiglu() equals its twin over a table of shapes in ${elem}`,
    async () => {
      const random = new Random(1);
      for (
        const [T, K, F, X, numChosen, sliceRows] of [
          [1, 4, 1, 2, 1, undefined],
          [3, 68, 15, 4, 2, 32],
          [9, 100, 45, 8, 2, 160],
          [2, 576, 64, 3, 3, undefined],
        ] as const
      ) {
        const shape = { T, numExperts: X, numChosen };
        const choice = randomChoices(random, shape);
        const x = random.uniform(elem, T * K);
        const w = random.uniform(elem, X * 2 * F * K, 1 / Math.sqrt(K));
        const STRIDE = padCols(F);
        const out = harness.empty(T * numChosen * STRIDE * 4);
        const op = matmulChosenSwiglu(harness.gpu, {
          rows: harness.upload(
            rowWords({ row: sequence(T), firstLogitRow: 0 }),
          ),
          x: harness.upload(x),
          w: packMatrix(harness, w, {
            elem,
            M: X * expertRows(4 * Math.ceil(F / 2)),
            K,
            rowMap: rowMap(X, F),
            sliceRows,
          }),
          numExperts: X,
          numChosen,
          choice: harness.upload(choiceWords(choice)),
          out,
          intermediateSize: F,
        });
        await harness.run(() => op(T));
        const expected = new Float64Array(T * numChosen * STRIDE);
        twin({ x: widen(x), w: widen(w), choice, out: expected }, {
          K,
          F,
          STRIDE,
        });
        assertClose(
          await harness.read(out, elemArray(elem, expected).fill(NaN)),
          expected,
          {
            // As in matmul_swiglu_test.ts.
            absolute: 7 * productTolerance(K) + (elem === "f16" ? 2 ** -24 : 0),
            relative: elem === "f16" ? F16_ROUNDING : 20 * 2 ** -24,
            label: `${T} rows, ${numChosen} of ${X} [2 · ${F}, ${K}]`,
          },
        );
      }
    },
  );

  Deno.test(`matmulChosenSwiglu() computes a row bit for bit as it does alone, however it is cut, in ${elem}`, async () => {
    // 34 chunks of K, the last one short: two rounds of the most groups.
    const [K, F, X, numChosen] = [2116, 12, 3, 2];
    const random = new Random(2);
    const rows = harness.empty(TABLE_BYTES);
    const x = harness.empty(64 * K * 4);
    const choice = harness.empty(64 * numChosen * 8);
    const out = harness.empty(64 * numChosen * F * 4);
    const w = packMatrix(
      harness,
      random.uniform(elem, X * 2 * F * K, 1 / Math.sqrt(K)),
      { elem, M: X * 32, K, rowMap: rowMap(X, F), sliceRows: 64 },
    );
    const choices = randomChoices(random, { T: 64, numExperts: X, numChosen });
    const launches = [1, 8, 32].map((groups) => [
      `${groups} groups`,
      matmulChosenSwiglu(harness.gpu, {
        rows,
        x,
        w,
        numExperts: X,
        numChosen,
        choice,
        groups,
        out,
        intermediateSize: F,
      }),
    ]);
    await assertRowInvariant(harness, {
      rows,
      row: sequence(64),
      inputs: [
        { buffer: x, values: random.uniform(elem, 64 * K) },
        { buffer: choice, values: choiceWords(choices) },
      ],
      outputs: [{
        buffer: out,
        rowBytes: numChosen * F * (elem === "f16" ? 2 : 4),
      }],
    }, Object.fromEntries(launches));
  });
}

Deno.test("matmulChosenSwiglu() rejects experts that are no whole blocks", () => {
  const some = harness.empty(4096);
  const error = assertThrows(() =>
    matmulChosenSwiglu(harness.gpu, {
      rows: some,
      x: some,
      w: packMatrix(harness, new Float32Array(48 * 4), {
        elem: "f32",
        M: 48,
        K: 4,
      }),
      numExperts: 2,
      numChosen: 1,
      choice: some,
      out: some,
      intermediateSize: 12,
    }), RangeError);
  assertEquals(
    error.message,
    'Cannot bind "w" as each of 2 experts must have a multiple of 32 rows: found 48 in all',
  );
});
