import { assertEquals, assertThrows } from "@std/assert";
import { draftInput, matmulLinear, type Op } from "../../src/ops/mod.ts";
import { matmulLinear as twin } from "../reference/matmul_linear.ts";
import { rowWords } from "../reference/lib/rows.ts";
import { assertClose, F16_ROUNDING, productTolerance } from "./_close.ts";
import { openHarness, testBothCuts } from "./_harness.ts";
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
  Deno.test(`matmulLinear() equals its twin over a table of shapes in ${elem}`, async () => {
    const random = new Random(1);
    for (
      const [T, K, M, sliceRows, hasBias] of [
        [1, 4, 4, undefined, false],
        [2, 68, 28, undefined, true],
        [5, 100, 36, 32, true],
        [9, 172, 64, undefined, false],
        [3, 1152, 576, 288, true],
      ] as const
    ) {
      const rows = rowWords({ row: sequence(T), firstLogitRow: 0 });
      const x = random.uniform(elem, T * K);
      const w = random.uniform(elem, M * K, 1 / Math.sqrt(K));
      const bias = hasBias ? random.normals(M) : null;
      const out = harness.empty(T * M * 4);
      const outElem = harness.empty(T * M * 4);
      const op = matmulLinear(harness.gpu, {
        rows: harness.upload(rows),
        x: harness.upload(x),
        w: packMatrix(harness, w, { elem, M, K, sliceRows }),
        bias: bias && harness.upload(bias),
        out,
        outElem,
      });
      await harness.run(() => op(T));
      const expected = new Float64Array(T * M);
      twin({ rows, x: widen(x), w: widen(w), bias, out: expected }, { K, M });
      const actual = new Float32Array(T * M).fill(NaN);
      const actualElem = elemArray(elem, actual);
      await harness.readAll([[out, actual], [outElem, actualElem]]);
      const label = `${T} rows, [${M}, ${K}], bias ${hasBias}`;
      assertClose(actual, expected, {
        // Adding the bias, below 6 here, rounds once more.
        absolute: productTolerance(K) + 12 * 2 ** -24,
        label,
      });
      assertClose(actualElem, actual, {
        relative: elem === "f16" ? F16_ROUNDING : 0,
        absolute: elem === "f16" ? 2 ** -24 : 0,
        label: `stored: ${label}`,
      });
    }
  });

  Deno.test(`matmulLinear() computes a row bit for bit as it does alone, however it is cut, in ${elem}`, async () => {
    // 34 chunks of K, the last one short: two rounds of the variant with the most groups.
    const [K, M] = [2116, 40];
    const random = new Random(2);
    const rows = harness.empty(TABLE_BYTES);
    const x = harness.empty(64 * K * 4);
    const out = harness.empty(64 * M * 4);
    const outElem = harness.empty(64 * M * 4);
    const w = packMatrix(
      harness,
      random.uniform(elem, M * K, 1 / Math.sqrt(K)),
      { elem, M, K },
    );
    const bias = harness.upload(random.normals(M));
    const args = { rows, x, w, bias, out, outElem };
    const launches = VARIANTS.map((variant) => [
      JSON.stringify(variant),
      matmulLinear(harness.gpu, { ...args, variant }),
    ]);
    await assertRowInvariant(harness, {
      rows,
      row: sequence(64),
      inputs: [{ buffer: x, values: random.uniform(elem, 64 * K) }],
      outputs: [
        { buffer: out, rowBytes: M * 4 },
        { buffer: outElem, rowBytes: M * (elem === "f16" ? 2 : 4) },
      ],
    }, {
      ...Object.fromEntries(launches),
      "chosen by the op": matmulLinear(harness.gpu, args),
    });
  });

  testBothCuts(
    harness,
    `matmulLinear() puts its input together as draftInput() does in ${elem}`,
    async () => {
      const random = new Random(3);
      for (
        const [V, D, T, M] of [[1, 4, 1, 4], [33, 68, 3, 28], [
          512,
          128,
          21,
          64,
        ]] as const
      ) {
        const numHidden = 9;
        const row = Array.from({ length: T }, (_, position) => ({
          token: position === 0 ? V - 1 : random.below(V),
          position,
          hiddenRow: random.below(numHidden),
        }));
        const rows = harness.upload(rowWords({ row, firstLogitRow: 0 }));
        const embedding = packMatrix(harness, random.uniform(elem, V * D), {
          elem,
          M: V,
          K: D,
        });
        const hidden = harness.upload(random.uniform(elem, numHidden * D));
        const w = packMatrix(harness, random.uniform(elem, M * 2 * D), {
          elem,
          M,
          K: 2 * D,
        });
        const input = harness.empty((T + 8) * 2 * D * 4);
        const compute = async (
          list: (outputs: { out: GPUBuffer; outElem: GPUBuffer }) => Op[],
        ): Promise<Float32Array[]> => {
          const out = harness.empty(T * M * 4);
          const outElem = harness.empty(T * M * 4);
          const ops = list({ out, outElem });
          await harness.run(() => ops.flatMap((op) => op(T)));
          const actual = new Float32Array(T * M).fill(NaN);
          const actualElem = elemArray(elem, actual);
          await harness.readAll([[out, actual], [outElem, actualElem]]);
          return [actual, widen(actualElem)];
        };
        const { gpu } = harness;
        const shared = { rows, w, bias: null };
        const fused = await compute((outputs) => [
          matmulLinear(gpu, { ...shared, ...outputs, x: hidden, embedding }),
        ]);
        const apart = await compute((outputs) => [
          draftInput(gpu, { rows, w: embedding, hidden, out: input }),
          matmulLinear(gpu, { ...shared, ...outputs, x: input }),
        ]);
        assertEquals(fused, apart, `[${V}, ${D}], ${T} rows`);
      }
    },
  );

  Deno.test(`matmulLinear() puts a row together and computes it bit for bit as it does alone, however it is cut, in ${elem}`, async () => {
    const [V, D, M] = [100, 124, 40];
    const random = new Random(4);
    const rows = harness.empty(TABLE_BYTES);
    const out = harness.empty(64 * M * 4);
    const outElem = harness.empty(64 * M * 4);
    const args = {
      rows,
      x: harness.upload(random.uniform(elem, 50 * D)),
      w: packMatrix(harness, random.uniform(elem, M * 2 * D), {
        elem,
        M,
        K: 2 * D,
      }),
      embedding: packMatrix(harness, random.uniform(elem, V * D), {
        elem,
        M: V,
        K: D,
      }),
      bias: null,
      out,
      outElem,
    };
    const launches = VARIANTS.map((variant) => [
      JSON.stringify(variant),
      matmulLinear(harness.gpu, { ...args, variant }),
    ]);
    await assertRowInvariant(harness, {
      rows,
      row: Array.from({ length: 64 }, (_, position) => ({
        token: random.below(V),
        position,
        hiddenRow: random.below(50),
      })),
      inputs: [],
      outputs: [
        { buffer: out, rowBytes: M * 4 },
        { buffer: outElem, rowBytes: M * (elem === "f16" ? 2 : 4) },
      ],
    }, {
      ...Object.fromEntries(launches),
      "chosen by the op": matmulLinear(harness.gpu, args),
    });
  });
}

Deno.test("matmulLinear() rejects an input that it cannot put together", () => {
  const some = harness.empty(4096);
  const matrix = (M: number, K: number, sliceRows?: number) =>
    packMatrix(harness, new Float32Array(M * K), {
      elem: "f32",
      M,
      K,
      sliceRows,
    });
  for (
    const [w, embedding, found] of [
      [matrix(4, 264), matrix(4, 132), "264, 132 in 1"],
      [matrix(4, 12), matrix(4, 8), "12, 8 in 1"],
      [matrix(4, 8), matrix(64, 4, 32), "8, 4 in 2"],
    ] as const
  ) {
    const error = assertThrows(
      () =>
        matmulLinear(harness.gpu, {
          rows: some,
          x: some,
          w,
          embedding,
          bias: null,
          out: some,
          outElem: some,
        }),
      RangeError,
    );
    assertEquals(
      error.message,
      `Cannot bind "w" as the input that it puts together must have 2*D columns, at most 256, for embeddings [V, D] in one slice: found ${found}`,
    );
  }
});

Deno.test("matmulLinear() rejects outputs that are no multiple of four", () => {
  const some = harness.empty(1024);
  const values = new Float32Array(6 * 4);
  const error = assertThrows(
    () =>
      matmulLinear(harness.gpu, {
        rows: some,
        x: some,
        w: packMatrix(harness, values, { elem: "f32", M: 6, K: 4 }),
        bias: null,
        out: some,
        outElem: some,
      }),
    RangeError,
  );
  assertEquals(
    error.message,
    'Cannot bind "w" as its size must be a multiple of 4: 6',
  );
});
