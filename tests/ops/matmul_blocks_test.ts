import { BLOCK_FORMATS, blockCols, matmul } from "../../src/ops/mod.ts";
import { matmul as twin } from "../reference/matmul.ts";
import { rowWords } from "../reference/lib/rows.ts";
import { assertClose, productTolerance } from "./_close.ts";
import { openHarness } from "./_harness.ts";
import { Random, widen } from "./_random.ts";
import { randomBlocks, uploadBlocks } from "./_blocks.ts";
import {
  assertRowInvariant,
  TABLE_BYTES,
  VARIANTS,
} from "./_row_invariance.ts";
import { sequence } from "./_rows.ts";

const harness = await openHarness();

for (const format of BLOCK_FORMATS) {
  Deno.test(`matmul() multiplies by weights in ${format} as by the numbers that they are`, async () => {
    const random = new Random(3);
    const cols = blockCols(format);
    for (const elem of harness.elems) {
      for (
        const [T, M, K, sliceRows] of [
          [1, 33, cols, undefined],
          [5, 70, 3 * cols, 32],
          [8, 64, 512, undefined],
        ] as const
      ) {
        const shape = { format, elem, M, K, sliceRows };
        const source = randomBlocks(random, shape);
        const { matrix, values } = await uploadBlocks(harness, source, shape);
        const rows = rowWords({ row: sequence(T), firstLogitRow: 0 });
        const x = random.uniform(elem, T * K);
        const out = harness.empty(T * M * 4);
        const op = matmul(harness.gpu, {
          rows: harness.upload(rows),
          x: harness.upload(x),
          w: matrix,
          out,
        });
        await harness.run(() => op(T));
        const expected = new Float64Array(T * M);
        twin({ rows, x: widen(x), w: values, out: expected }, {
          K,
          M,
          BRANCHES: 1,
        });
        const largest = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
        assertClose(
          await harness.read(out, new Float32Array(T * M)),
          expected,
          {
            // Weights of up to `largest` instead of 1 / sqrt(K).
            absolute: 2 * productTolerance(K) * largest * Math.sqrt(K),
            label: `${format} ${elem} [${M}, ${K}], ${T} rows`,
          },
        );
      }
    }
  });

  Deno.test(`matmul() computes a row bit for bit as it does alone with weights in ${format}`, async () => {
    // Nine chunks: one of the eight of a workgroup takes two.
    const [M, K] = [40, blockCols(format) === 256 ? 768 : 544];
    const random = new Random(4);
    const [elem = "f32"] = harness.elems.slice(-1);
    const rows = harness.empty(TABLE_BYTES);
    const x = harness.empty(72 * K * 4);
    const shape = { format, elem, M, K };
    const source = randomBlocks(random, shape);
    const { matrix: w } = await uploadBlocks(harness, source, shape);
    const out = harness.empty(72 * M * 4);
    const variants = VARIANTS.filter(({ TILE, SPAN, GROUPS }) =>
      GROUPS === 1 || TILE === 8 || SPAN === 2
    );
    await assertRowInvariant(
      harness,
      {
        rows,
        row: sequence(64),
        inputs: [{ buffer: x, values: random.uniform(elem, 64 * K) }],
        outputs: [{ buffer: out, rowBytes: M * 4 }],
      },
      Object.fromEntries(variants.map((variant) => [
        JSON.stringify(variant),
        matmul(harness.gpu, { rows, x, w, out, variant }),
      ])),
    );
  });
}
