import { matmulAdd } from "../../src/ops/mod.ts";
import { matmulAdd as twin } from "../reference/matmul_add.ts";
import { rowWords } from "../reference/lib/rows.ts";
import { assertClose, productTolerance } from "./_close.ts";
import { openHarness } from "./_harness.ts";
import { packMatrix } from "./_packed.ts";
import { Random, widen } from "./_random.ts";
import {
  assertRowInvariant,
  TABLE_BYTES,
  VARIANTS,
} from "./_row_invariance.ts";
import { sequence } from "./_rows.ts";

const harness = await openHarness();

for (const elem of harness.elems) {
  Deno.test(`matmulAdd() equals its twin over a table of shapes in ${elem}`, async () => {
    const random = new Random(1);
    for (
      const [T, K, M, sliceRows, hasBias] of [
        [1, 4, 4, undefined, false],
        [2, 68, 28, undefined, true],
        [5, 100, 36, 32, true],
        [9, 172, 64, undefined, false],
        [3, 576, 576, 288, true],
      ] as const
    ) {
      const rows = rowWords({ row: sequence(T), firstLogitRow: 0 });
      const x = random.uniform(elem, T * K);
      const w = random.uniform(elem, M * K, 1 / Math.sqrt(K));
      const bias = hasBias ? random.normals(M) : null;
      const residual = random.normals(T * M);
      const out = harness.upload(residual);
      const op = matmulAdd(harness.gpu, {
        rows: harness.upload(rows),
        x: harness.upload(x),
        w: packMatrix(harness, w, { elem, M, K, sliceRows }),
        bias: bias && harness.upload(bias),
        out,
      });
      await harness.run(() => op(T));
      const expected = Float64Array.from(residual);
      twin({ rows, x: widen(x), w: widen(w), bias, out: expected }, { K, M });
      const actual = new Float32Array(T * M).fill(NaN);
      assertClose(await harness.read(out, actual), expected, {
        // Adding the bias and the residual, both below 6 here, rounds twice more.
        absolute: productTolerance(K) + 2 * 12 * 2 ** -24,
        label: `${T} rows, [${M}, ${K}], bias ${hasBias}`,
      });
    }
  });

  Deno.test(`matmulAdd() computes a row bit for bit as it does alone, however it is cut, in ${elem}`, async () => {
    // 34 chunks of K, the last one short: two rounds of the variant with the most groups.
    const [K, M] = [2116, 40];
    const random = new Random(2);
    const rows = harness.empty(TABLE_BYTES);
    const x = harness.empty(64 * K * 4);
    const out = harness.empty(64 * M * 4);
    const w = packMatrix(
      harness,
      random.uniform(elem, M * K, 1 / Math.sqrt(K)),
      { elem, M, K },
    );
    const args = {
      rows,
      x,
      w,
      bias: harness.upload(random.normals(M)),
      out,
    };
    const launches = VARIANTS.map((variant) => [
      JSON.stringify(variant),
      matmulAdd(harness.gpu, { ...args, variant }),
    ]);
    await assertRowInvariant(harness, {
      rows,
      row: sequence(64),
      inputs: [
        { buffer: x, values: random.uniform(elem, 64 * K) },
        { buffer: out, values: random.normals(64 * M) },
      ],
      outputs: [{ buffer: out, rowBytes: M * 4 }],
    }, {
      ...Object.fromEntries(launches),
      "chosen by the op": matmulAdd(harness.gpu, args),
    });
  });
}
