import { matmulGelu, padCols } from "../../src/ops/mod.ts";
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
      const [T, K, M, sliceRows] of [
        [1, 4, 2, undefined],
        [2, 68, 30, undefined],
        [5, 100, 42, 32],
        [9, 64, 194, undefined],
        [2, 576, 3072, 1536],
      ] as const
    ) {
      const rows = rowWords({ row: sequence(T), firstLogitRow: 0 });
      const x = random.uniform(elem, T * K);
      const w = random.uniform(elem, M * K, 3 / Math.sqrt(K));
      const STRIDE = padCols(M);
      const out = harness.empty(T * STRIDE * 4);
      const op = matmulGelu(harness.gpu, {
        rows: harness.upload(rows),
        x: harness.upload(x),
        w: packMatrix(harness, w, { elem, M, K, sliceRows }),
        out,
      });
      await harness.run(() => op(T));
      const expected = new Float64Array(T * STRIDE);
      twin({ rows, x: widen(x), w: widen(w), out: expected }, {
        K,
        M,
        STRIDE,
      });
      const actual = elemArray(elem, expected).fill(NaN);
      assertClose(await harness.read(out, actual), expected, {
        // The products are below 6, and GELU is nowhere steeper than 1.13.
        absolute: 1.13 * 3 * productTolerance(K) + 6 * 1e-7 + store.absolute,
        relative: store.relative,
        label: `${T} rows, [${M}, ${K}]`,
      });
    }
  });

  Deno.test(`matmulGelu() is as close to the exact GELU as its error function, far tails included, in ${elem}`, async () => {
    const values = Array.from({ length: 241 }, (_, i) => (i - 120) / 12)
      .concat([1e-6, -1e-6, 60, -60, 6e4, -6e4]);
    const T = values.length;
    const x = elemArray(elem, values.flatMap((value) => [value, 0, 0, 0]));
    const rows = rowWords({ row: sequence(T), firstLogitRow: 0 });
    const out = harness.empty(T * 16);
    const op = matmulGelu(harness.gpu, {
      rows: harness.upload(rows),
      x: harness.upload(x),
      w: packMatrix(harness, elemArray(elem, [1, 0, 0, 0]), {
        elem,
        M: 1,
        K: 4,
      }),
      out,
    });
    await harness.run(() => op(T));
    const into = elemArray(elem, new Float32Array(4 * T).fill(NaN));
    const actual = await harness.read(out, into);
    values.forEach((_, t) => {
      const z = x[4 * t] ?? NaN;
      assertClose([actual[4 * t] ?? NaN], [gelu(z)], {
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
        const M = 40;
        const w = packMatrix(harness, random.uniform(elem, M * K), {
          elem,
          M,
          K,
        });
        const out = harness.empty(32 * M * 4);
        await assertNormsInput(harness, random, {
          elem,
          K,
          T,
          bind: (args) => matmulGelu(harness.gpu, { ...args, w, out }),
          outputs: [[out, new Uint32Array(out.size / 4)]],
        });
      }
    },
  );

  Deno.test(`matmulGelu() computes a row bit for bit as it does alone, however it is cut, in ${elem}`, async () => {
    // 34 chunks of K, the last one short: two rounds of the variant with the most groups.
    const [K, M] = [2116, 20];
    const random = new Random(2);
    const rows = harness.empty(TABLE_BYTES);
    const x = harness.empty(64 * K * 4);
    const out = harness.empty(64 * M * 4);
    const w = packMatrix(
      harness,
      random.uniform(elem, M * K, 1 / Math.sqrt(K)),
      { elem, M, K },
    );
    const args = { rows, x, w, out };
    const launches = VARIANTS.map((variant) => [
      JSON.stringify(variant),
      matmulGelu(harness.gpu, { ...args, variant }),
    ]);
    await assertRowInvariant(harness, {
      rows,
      row: sequence(64),
      inputs: [{ buffer: x, values: random.uniform(elem, 64 * K) }],
      outputs: [{ buffer: out, rowBytes: M * (elem === "f16" ? 2 : 4) }],
    }, {
      ...Object.fromEntries(launches),
      "chosen by the op": matmulGelu(harness.gpu, args),
    });
  });
}
