import { matmulHidden } from "../../src/ops/mod.ts";
import { matmulHidden as twin } from "../reference/matmul_hidden.ts";
import { rowWords } from "../reference/lib/rows.ts";
import { assertClose, F16_ROUNDING, productTolerance } from "./_close.ts";
import { openHarness } from "./_harness.ts";
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
  Deno.test(`matmulHidden() equals its twin over a table of shapes in ${elem}`, async () => {
    const random = new Random(1);
    for (
      const [T, K, M, sliceRows, numBranches] of [
        [1, 4, 4, undefined, 1],
        [1, 68, 28, undefined, 2],
        [5, 100, 36, 32, 2],
        [9, 172, 64, undefined, 1],
        [10, 64, 40, 32, 2],
        [3, 1152, 576, 288, 2],
      ] as const
    ) {
      const R = T * numBranches;
      const rows = rowWords({ row: sequence(T), firstLogitRow: 0 });
      const x = random.uniform(elem, R * K);
      const w = random.uniform(elem, M * K, 1 / Math.sqrt(K));
      const residual = random.normals(T * M);
      const out = harness.empty(R * M * 4);
      const op = matmulHidden(harness.gpu, {
        rows: harness.upload(rows),
        x: harness.upload(x),
        w: packMatrix(harness, w, { elem, M, K, sliceRows }),
        residual: harness.upload(residual),
        out,
        numBranches,
      });
      await harness.run(() => op(T));
      const expected = new Float64Array(R * M);
      twin({ rows, x: widen(x), w: widen(w), residual, out: expected }, {
        K,
        M,
        BRANCHES: numBranches,
      });
      const actual = elemArray(elem, expected).fill(NaN);
      assertClose(await harness.read(out, actual), expected, {
        // Adding the residual, below 6 here, rounds once more.
        absolute: productTolerance(K) + 12 * 2 ** -24 +
          (elem === "f16" ? 2 ** -24 : 0),
        relative: elem === "f16" ? F16_ROUNDING : 0,
        label: `${T} rows of ${numBranches}, [${M}, ${K}]`,
      });
    }
  });

  for (const numBranches of [1, 2] as const) {
    Deno.test(`matmulHidden() computes a row of ${numBranches} bit for bit as it does alone, however it is cut, in ${elem}`, async () => {
      // 34 chunks of K, the last one short: two rounds of the variant with the most groups.
      const [K, M] = [2116, 40];
      const random = new Random(2);
      const rows = harness.empty(TABLE_BYTES);
      const x = harness.empty(numBranches * 64 * K * 4);
      const residual = harness.empty(64 * M * 4);
      const out = harness.empty(numBranches * 64 * M * 4);
      const w = packMatrix(
        harness,
        random.uniform(elem, M * K, 1 / Math.sqrt(K)),
        { elem, M, K },
      );
      const args = { rows, x, w, residual, out, numBranches };
      const launches = VARIANTS.map((variant) => [
        JSON.stringify(variant),
        matmulHidden(harness.gpu, { ...args, variant }),
      ]);
      await assertRowInvariant(harness, {
        rows,
        row: sequence(64),
        inputs: [
          {
            buffer: x,
            values: random.uniform(elem, numBranches * 64 * K),
            numBranches,
          },
          { buffer: residual, values: random.normals(64 * M) },
        ],
        outputs: [{
          buffer: out,
          rowBytes: M * (elem === "f16" ? 2 : 4),
          numBranches,
        }],
      }, {
        ...Object.fromEntries(launches),
        "chosen by the op": matmulHidden(harness.gpu, args),
      });
    });
  }
}
