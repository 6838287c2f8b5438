import { assertEquals, assertThrows } from "@std/assert";
import { matmulExperts, padCols } from "../../src/ops/mod.ts";
import { matmulExperts as twin } from "../reference/matmul_experts.ts";
import { rowWords } from "../reference/lib/rows.ts";
import { assertClose, F16_ROUNDING, productTolerance } from "./_close.ts";
import { packExperts, randomExperts } from "./_experts.ts";
import { openHarness, testBothCuts } from "./_harness.ts";
import { assertNormsInput } from "./_normed_input.ts";
import { packMatrix } from "./_packed.ts";
import { elemArray, Random, widen } from "./_random.ts";
import {
  assertRowInvariant,
  TABLE_BYTES,
  VARIANTS,
} from "./_row_invariance.ts";
import { sequence } from "./_rows.ts";

const harness = await openHarness();

for (const elem of harness.elems) {
  testBothCuts(
    harness,
    `matmulExperts() equals its twin over a table of shapes in ${elem}`,
    async () => {
      const random = new Random(1);
      for (
        const [T, K, F, numExperts, sliceRows] of [
          [1, 4, 1, 2, undefined],
          [2, 68, 15, 3, undefined],
          [5, 100, 21, 2, 32],
          [9, 64, 64, 2, undefined],
          [6, 64, 4, 14, 64],
          [2, 576, 576, 2, 1152],
        ] as const
      ) {
        const rows = rowWords({ row: sequence(T), firstLogitRow: 0 });
        const x = random.uniform(elem, T * K);
        const shape = { elem, K, F, numExperts, sliceRows };
        const { w, packed } = randomExperts(harness, random, shape);
        const STRIDE = numExperts * padCols(F);
        const GATE_STRIDE = padCols(numExperts + 2);
        const out = harness.empty(T * STRIDE * 4);
        const gates = harness.empty(T * GATE_STRIDE * 4);
        const op = matmulExperts(harness.gpu, {
          rows: harness.upload(rows),
          x: harness.upload(x),
          w: packed,
          numExperts,
          out,
          gates,
        });
        await harness.run(() => op(T));
        const expected = {
          out: new Float64Array(T * STRIDE),
          gates: new Float64Array(T * GATE_STRIDE),
        };
        twin({ rows, x: widen(x), w, ...expected }, {
          K,
          F,
          NUM_EXPERTS: numExperts,
          STRIDE,
          GATE_STRIDE,
        });
        const actual = {
          out: elemArray(elem, expected.out).fill(NaN),
          gates: new Float32Array(T * GATE_STRIDE).fill(NaN),
        };
        await harness.readAll([[out, actual.out], [gates, actual.gates]]);
        const label = `${T} rows, ${numExperts} of [2 · ${F}, ${K}]`;
        assertClose(actual.out, expected.out, {
          // Gate and up are below 3 here: the result changes by at most 1.1 · 3 + 3 times what they do.
          absolute: 7 * productTolerance(K) + (elem === "f16" ? 2 ** -24 : 0),
          relative: elem === "f16" ? F16_ROUNDING : 20 * 2 ** -24,
          label,
        });
        assertClose(actual.gates, expected.gates, {
          absolute: 8 * productTolerance(K),
          label: `gates of ${label}`,
        });
      }
    },
  );

  Deno.test(`matmulExperts() gives 0 for a gate far below and up for one far above 0, and the values of the other gate in ${elem}`, async () => {
    const rows = rowWords({ row: sequence(3), firstLogitRow: 0 });
    // An expert's gate is x[0], its up x[3]: exp(-gate) is beyond f32 in the first row.
    const x = elemArray(elem, [-200, 0, 1, 5, -1e4, 0, 2, 5, 100, 1, 0, 0.5]);
    const expert = [1, 0, 0, 0, 0, 0, 0, 1];
    const gate = [0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 3, 0, 0, 0, 0, -1];
    const { packed } = packExperts(
      harness,
      elemArray(elem, [...expert, ...expert, ...gate]),
      { elem, K: 4, F: 1, numExperts: 2 },
    );
    const out = harness.empty(3 * 8 * 4);
    const gates = harness.empty(3 * 4 * 4);
    const op = matmulExperts(harness.gpu, {
      rows: harness.upload(rows),
      x: harness.upload(x),
      w: packed,
      numExperts: 2,
      out,
      gates,
    });
    await harness.run(() => op(3));
    const actual = elemArray(elem, new Float32Array(24));
    const values = new Float32Array(12);
    await harness.readAll([[out, actual], [gates, values]]);
    for (const first of [0, 4]) {
      assertClose(
        [0, 8, 16].map((i) => Math.abs(actual[first + i] ?? NaN)),
        [0, 0, 50],
        { absolute: 1e-30, label: "silu at -200, -10000, 100" },
      );
    }
    assertEquals([...values], [1, 0, 3, -5, 2, 0, 6, -5, 0, 1, 0, -0.5]);
  });

  testBothCuts(
    harness,
    `matmulExperts() normalises its input as rmsNorm() does in ${elem}`,
    async () => {
      const random = new Random(3);
      for (
        const [K, T, numExperts] of [[68, 3, 2], [256, 1, 4], [
          256,
          21,
          2,
        ]] as const
      ) {
        const F = 20;
        const { packed } = randomExperts(harness, random, {
          elem,
          K,
          F,
          numExperts,
        });
        const out = harness.empty(32 * numExperts * F * 4);
        const gates = harness.empty(32 * padCols(numExperts + 2) * 4);
        await assertNormsInput(harness, random, {
          elem,
          K,
          T,
          bind: (args) =>
            matmulExperts(harness.gpu, {
              ...args,
              w: packed,
              numExperts,
              out,
              gates,
            }),
          outputs: [
            [out, new Uint32Array(out.size / 4)],
            [gates, new Uint32Array(gates.size / 4)],
          ],
        });
      }
    },
  );

  Deno.test(`matmulExperts() computes a row bit for bit as it does alone, however it is cut, in ${elem}`, async () => {
    // 34 chunks of K, the last one short: two rounds of the variant with the most groups.
    const [K, F, numExperts] = [2116, 12, 2];
    const random = new Random(2);
    const rows = harness.empty(TABLE_BYTES);
    const x = harness.empty(64 * K * 4);
    const out = harness.empty(64 * numExperts * F * 4);
    const gates = harness.empty(64 * 4 * 4);
    const { packed } = randomExperts(harness, random, {
      elem,
      K,
      F,
      numExperts,
    });
    const args = { rows, x, w: packed, numExperts, out, gates };
    const launches = VARIANTS.map((variant) => [
      JSON.stringify(variant),
      matmulExperts(harness.gpu, { ...args, variant }),
    ]);
    await assertRowInvariant(harness, {
      rows,
      row: sequence(64),
      inputs: [{ buffer: x, values: random.uniform(elem, 64 * K) }],
      outputs: [
        {
          buffer: out,
          rowBytes: numExperts * F * (elem === "f16" ? 2 : 4),
        },
        { buffer: gates, rowBytes: 4 * 4 },
      ],
    }, {
      ...Object.fromEntries(launches),
      "chosen by the op": matmulExperts(harness.gpu, args),
    });
  });
}

Deno.test("matmulExperts() rejects experts whose activations would share four columns", () => {
  const some = harness.empty(1024);
  const [M, K] = [2 * 2 * 6 + 4, 4];
  const values = new Float32Array(M * K);
  const error = assertThrows(
    () =>
      matmulExperts(harness.gpu, {
        rows: some,
        x: some,
        w: packMatrix(harness, values, { elem: "f32", M, K }),
        numExperts: 2,
        out: some,
        gates: some,
      }),
    RangeError,
  );
  assertEquals(
    error.message,
    `Cannot bind "an expert's activations" as its size must be a multiple of 4: 6`,
  );
});
