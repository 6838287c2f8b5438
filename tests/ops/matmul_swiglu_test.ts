import {
  matmulSwiglu,
  type PackedMatrix,
  padCols,
  swigluRowMap,
} from "../../src/ops/mod.ts";
import { matmulSwiglu as twin } from "../reference/matmul_swiglu.ts";
import { rowWords } from "../reference/lib/rows.ts";
import { assertClose, F16_ROUNDING, productTolerance } from "./_close.ts";
import { type Harness, openHarness, testBothCuts } from "./_harness.ts";
import { assertNormsInput } from "./_normed_input.ts";
import { packMatrix } from "./_packed.ts";
import { elemArray, Random, widen } from "./_random.ts";
import {
  assertRowInvariant,
  TABLE_BYTES,
  VARIANTS,
} from "./_row_invariance.ts";
import { sequence } from "./_rows.ts";
import type { Elem } from "../../src/gpu/shader.ts";

const harness = await openHarness();

interface GateUp {
  readonly w: Float32Array<ArrayBuffer>;
  readonly bias: Float32Array<ArrayBuffer>;
  readonly packed: PackedMatrix;
  readonly packedBias: GPUBuffer;
}

/** Gate and up rows as a checkpoint has them, and the same packed. */
function gateUp(
  harness: Harness,
  random: Random,
  shape: {
    readonly elem: Elem;
    readonly F: number;
    readonly K: number;
    readonly sliceRows?: number | undefined;
  },
): GateUp {
  const { elem, F, K, sliceRows } = shape;
  const rowMap = [...swigluRowMap(F, "gate"), ...swigluRowMap(F, "up")];
  const M = 4 * Math.ceil(F / 2);
  const w = random.uniform(elem, 2 * F * K, 1 / Math.sqrt(K));
  const bias = random.uniform("f32", 2 * F);
  const mapped = new Float32Array(M);
  rowMap.forEach((m, row) => mapped[m] = bias[row] ?? 0);
  return {
    w: widen(w),
    bias: Float32Array.from(bias),
    packed: packMatrix(harness, w, { elem, M, K, rowMap, sliceRows }),
    packedBias: harness.upload(mapped),
  };
}

for (const elem of harness.elems) {
  Deno.test(`matmulSwiglu() equals its twin over a table of shapes in ${elem}`, async () => {
    const random = new Random(1);
    for (
      const [T, K, F, sliceRows, hasBias, isGelu] of [
        [1, 4, 1, undefined, true, false],
        [2, 68, 15, undefined, false, true],
        [5, 100, 21, 32, true, true],
        [9, 64, 172, undefined, false, false],
        [2, 576, 1536, 1536, true, true],
      ] as const
    ) {
      const rows = rowWords({ row: sequence(T), firstLogitRow: 0 });
      const x = random.uniform(elem, T * K);
      const { w, bias, packed, packedBias } = gateUp(harness, random, {
        elem,
        F,
        K,
        sliceRows,
      });
      const STRIDE = padCols(F);
      const out = harness.empty(T * STRIDE * 4);
      const op = matmulSwiglu(harness.gpu, {
        rows: harness.upload(rows),
        x: harness.upload(x),
        w: packed,
        bias: hasBias ? packedBias : null,
        isGelu,
        out,
      });
      await harness.run(() => op(T));
      const expected = new Float64Array(T * STRIDE);
      twin(
        { rows, x: widen(x), w, bias: hasBias ? bias : null, out: expected },
        {
          K,
          F,
          STRIDE,
          IS_GELU: isGelu ? 1 : 0,
        },
      );
      const actual = elemArray(elem, expected).fill(NaN);
      assertClose(await harness.read(out, actual), expected, {
        // Gate and up are below 3 here: the result changes by at most 1.13 · 3 + 3 times what they do.
        absolute: 7 * productTolerance(K) + (elem === "f16" ? 2 ** -24 : 0),
        relative: elem === "f16" ? F16_ROUNDING : 20 * 2 ** -24,
        label: `${T} rows, [2 · ${F}, ${K}], bias ${hasBias}`,
      });
    }
  });

  for (const isGelu of [false, true]) {
    Deno.test(`matmulSwiglu() gives 0 for a gate far below and up for one far above 0 in ${elem}, GELU ${isGelu}`, async () => {
      const rows = rowWords({ row: sequence(3), firstLogitRow: 0 });
      // Gate k is x[k], up is x[3]: exp(-gate) is beyond f32 in the first row.
      const x = elemArray(elem, [-200, 0, 0, 5, -1e4, 0, 0, 5, 100, 0, 0, 0.5]);
      const w = elemArray(elem, [1, 0, 0, 0, 0, 0, 0, 1]);
      const rowMap = [...swigluRowMap(1, "gate"), ...swigluRowMap(1, "up")];
      const out = harness.empty(3 * 4 * 4);
      const op = matmulSwiglu(harness.gpu, {
        rows: harness.upload(rows),
        x: harness.upload(x),
        w: packMatrix(harness, w, { elem, M: 4, K: 4, rowMap }),
        bias: null,
        isGelu,
        out,
      });
      await harness.run(() => op(3));
      const actual = elemArray(elem, new Float32Array(12));
      await harness.read(out, actual);
      assertClose(
        [0, 4, 8].map((i) => Math.abs(actual[i] ?? NaN)),
        [0, 0, 50],
        {
          absolute: 1e-30,
          label: "silu at -200, -10000, 100",
        },
      );
    });
  }

  testBothCuts(
    harness,
    `matmulSwiglu() normalises its input as rmsNorm() does in ${elem}`,
    async () => {
      const random = new Random(3);
      for (const [K, T] of [[68, 3], [256, 1], [256, 21]] as const) {
        const F = 20;
        const { packed, packedBias } = gateUp(harness, random, { elem, F, K });
        const out = harness.empty(32 * F * 4);
        await assertNormsInput(harness, random, {
          elem,
          K,
          T,
          bind: (args) =>
            matmulSwiglu(harness.gpu, {
              ...args,
              w: packed,
              bias: packedBias,
              out,
            }),
          outputs: [[out, new Uint32Array(out.size / 4)]],
        });
      }
    },
  );

  Deno.test(`matmulSwiglu() computes a row bit for bit as it does alone, however it is cut, in ${elem}`, async () => {
    // 34 chunks of K, the last one short: two rounds of the variant with the most groups.
    const [K, F] = [2116, 20];
    const random = new Random(2);
    const rows = harness.empty(TABLE_BYTES);
    const x = harness.empty(64 * K * 4);
    const out = harness.empty(64 * F * 4);
    const { packed, packedBias } = gateUp(harness, random, { elem, F, K });
    const args = { rows, x, w: packed, bias: packedBias, out };
    const launches = VARIANTS.map((variant) => [
      JSON.stringify(variant),
      matmulSwiglu(harness.gpu, { ...args, variant }),
    ]);
    await assertRowInvariant(harness, {
      rows,
      row: sequence(64),
      inputs: [{ buffer: x, values: random.uniform(elem, 64 * K) }],
      outputs: [{ buffer: out, rowBytes: F * (elem === "f16" ? 2 : 4) }],
    }, {
      ...Object.fromEntries(launches),
      "chosen by the op": matmulSwiglu(harness.gpu, args),
    });
  });
}
