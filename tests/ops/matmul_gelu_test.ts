import { assertEquals, assertThrows } from "@std/assert";
import { matmulGelu } from "../../src/ops/mod.ts";
import { gelu, matmulGelu as twin } from "../reference/matmul_gelu.ts";
import { rowWords } from "../reference/lib/rows.ts";
import { assertClose, F16_ROUNDING, productTolerance } from "./_close.ts";
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
  // A stored f16 is rounded; below 2^-14 in steps of 2^-24.
  const store = elem === "f16"
    ? { relative: F16_ROUNDING, absolute: 2 ** -24 }
    : { relative: 2 ** -22, absolute: 0 };

  Deno.test(`matmulGelu() equals its twin over a table of shapes in ${elem}`, async () => {
    const random = new Random(1);
    for (
      const [T, K, F, sliceRows] of [
        [1, 4, 4, undefined],
        [2, 68, 16, undefined],
        [5, 100, 20, 32],
        [9, 64, 100, undefined],
        [2, 576, 1536, 1536],
      ] as const
    ) {
      const rows = rowWords({ row: sequence(T), firstLogitRow: 0 });
      const x = random.uniform(elem, T * K);
      const STRIDE = 2 * F;
      const M = STRIDE + 2;
      const w = random.uniform(elem, M * K, 3 / Math.sqrt(K));
      const out = harness.empty(T * STRIDE * 4);
      const gates = harness.empty(T * 4 * 4);
      const op = matmulGelu(harness.gpu, {
        rows: harness.upload(rows),
        x: harness.upload(x),
        w: packMatrix(harness, w, { elem, M, K, sliceRows }),
        out,
        gates,
      });
      await harness.run(() => op(T));
      const expected = {
        out: new Float64Array(T * STRIDE),
        gates: new Float64Array(T * 4),
      };
      twin({ rows, x: widen(x), w: widen(w), ...expected }, { K, STRIDE });
      const actual = {
        out: elemArray(elem, expected.out).fill(NaN),
        gates: new Float32Array(T * 4).fill(NaN),
      };
      await harness.readAll([[out, actual.out], [gates, actual.gates]]);
      const label = `${T} rows, [${M}, ${K}]`;
      assertClose(actual.out, expected.out, {
        // The products are below 6, and GELU is nowhere steeper than 1.13.
        absolute: 1.13 * 3 * productTolerance(K) + 6 * 1e-7 + store.absolute,
        relative: store.relative,
        label,
      });
      assertClose(actual.gates, expected.gates, {
        absolute: 3 * productTolerance(K),
        label: `gates of ${label}`,
      });
    }
  });

  Deno.test(`matmulGelu() is as close to the exact GELU as its error function, far tails included, in ${elem}`, async () => {
    const values = Array.from({ length: 241 }, (_, i) => (i - 120) / 12)
      .concat([1e-6, -1e-6, 60, -60, 6e4, -6e4]);
    const T = values.length;
    const x = elemArray(elem, values.flatMap((value) => [value, 0, 0, 0]));
    const rows = rowWords({ row: sequence(T), firstLogitRow: 0 });
    const out = harness.empty(T * 8 * 4);
    const op = matmulGelu(harness.gpu, {
      rows: harness.upload(rows),
      x: harness.upload(x),
      w: packMatrix(harness, elemArray(elem, [1, 0, 0, 0]), {
        elem,
        M: 10,
        K: 4,
      }),
      out,
      gates: harness.empty(T * 4 * 4),
    });
    await harness.run(() => op(T));
    const into = elemArray(elem, new Float32Array(8 * T).fill(NaN));
    const actual = await harness.read(out, into);
    values.forEach((_, t) => {
      const z = x[4 * t] ?? NaN;
      assertClose([actual[8 * t] ?? NaN], [gelu(z)], {
        // 7.1.26's 1.5e-7, halved, and the rounding of its seven operations in f32.
        absolute: Math.min(Math.abs(z), 10) * 4e-7 + store.absolute,
        relative: store.relative,
        label: `gelu(${z})`,
      });
    });
  });

  testBothCuts(
    harness,
    `matmulGelu() normalises its input as rmsNorm() does in ${elem}`,
    async () => {
      const random = new Random(3);
      for (const [K, T] of [[68, 3], [256, 1], [256, 21]] as const) {
        const M = 42;
        const w = packMatrix(harness, random.uniform(elem, M * K), {
          elem,
          M,
          K,
        });
        const out = harness.empty(32 * 40 * 4);
        const gates = harness.empty(32 * 4 * 4);
        await assertNormsInput(harness, random, {
          elem,
          K,
          T,
          bind: (args) => matmulGelu(harness.gpu, { ...args, w, out, gates }),
          outputs: [
            [out, new Uint32Array(out.size / 4)],
            [gates, new Uint32Array(gates.size / 4)],
          ],
        });
      }
    },
  );

  Deno.test(`matmulGelu() computes a row bit for bit as it does alone, however it is cut, in ${elem}`, async () => {
    // 34 chunks of K, the last one short: two rounds of the variant with the most groups.
    const [K, M] = [2116, 26];
    const random = new Random(2);
    const rows = harness.empty(TABLE_BYTES);
    const x = harness.empty(64 * K * 4);
    const out = harness.empty(64 * 24 * 4);
    const gates = harness.empty(64 * 4 * 4);
    const w = packMatrix(
      harness,
      random.uniform(elem, M * K, 1 / Math.sqrt(K)),
      { elem, M, K },
    );
    const args = { rows, x, w, out, gates };
    const launches = VARIANTS.map((variant) => [
      JSON.stringify(variant),
      matmulGelu(harness.gpu, { ...args, variant }),
    ]);
    await assertRowInvariant(harness, {
      rows,
      row: sequence(64),
      inputs: [{ buffer: x, values: random.uniform(elem, 64 * K) }],
      outputs: [
        { buffer: out, rowBytes: 24 * (elem === "f16" ? 2 : 4) },
        { buffer: gates, rowBytes: 4 * 4 },
      ],
    }, {
      ...Object.fromEntries(launches),
      "chosen by the op": matmulGelu(harness.gpu, args),
    });
  });
}

Deno.test("matmulGelu() rejects experts whose activations would share four columns", () => {
  const some = harness.empty(1024);
  const [M, K] = [2 * 6 + 2, 4];
  const values = new Float32Array(M * K);
  const error = assertThrows(
    () =>
      matmulGelu(harness.gpu, {
        rows: some,
        x: some,
        w: packMatrix(harness, values, { elem: "f32", M, K }),
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
