import { rmsNorm } from "../../src/ops/mod.ts";
import { rowWords } from "../reference/lib/rows.ts";
import { rmsNorm as twin } from "../reference/rms_norm.ts";
import { assertClose, F16_ROUNDING } from "./_close.ts";
import { openHarness, testBothCuts } from "./_harness.ts";
import { elemArray, Random } from "./_random.ts";
import { assertRowInvariant, TABLE_BYTES } from "./_row_invariance.ts";
import { sequence } from "./_rows.ts";

const harness = await openHarness();

// The squares are all positive: the sum of D of them, at most D/64 + 64 roundings a term, and the root, which
// WGSL lets be two units off, change the result by less than 100 · 2^-24 of it.
const RELATIVE = { f32: 100 * 2 ** -24, f16: F16_ROUNDING };

for (const elem of harness.elems) {
  testBothCuts(
    harness,
    `rmsNorm() equals its twin over a table of shapes in ${elem}`,
    async () => {
      const random = new Random(1);
      for (
        const [T, D, eps] of [
          [1, 4, 1e-5],
          [3, 64, 1e-5],
          [2, 68, 1e-6],
          [5, 260, 1e-5],
          [9, 576, 1e-5],
        ] as const
      ) {
        const rows = rowWords({ row: sequence(T), firstLogitRow: 0 });
        const x = random.normals(T * D, 3);
        const weight = random.normals(D);
        const out = harness.empty(T * D * 4);
        const op = rmsNorm(harness.gpu, {
          rows: harness.upload(rows),
          x: harness.upload(x),
          weight: harness.upload(weight),
          out,
          elem,
          hiddenSize: D,
          eps,
        });
        await harness.run(() => op(T));
        const expected = new Float64Array(T * D);
        twin({ rows, x, weight, out: expected }, { D, EPS: eps });
        const actual = elemArray(elem, expected).fill(NaN);
        assertClose(await harness.read(out, actual), expected, {
          relative: RELATIVE[elem],
          absolute: elem === "f16" ? 2 ** -24 : 0,
          label: `[${T}, ${D}]`,
        });
      }
    },
  );

  testBothCuts(
    harness,
    `rmsNorm() gives zeros for zeros and bounded rows for tiny and huge ones in ${elem}`,
    async () => {
      const D = 64;
      const scales = [0, 1e-12, 1e15];
      const rows = rowWords({ row: sequence(3), firstLogitRow: 0 });
      const x = new Random(2).normals(3 * D)
        .map((value, i) => value * (scales[Math.floor(i / D)] ?? 0));
      const weight = new Float32Array(D).fill(1);
      const out = harness.empty(3 * D * 4);
      const op = rmsNorm(harness.gpu, {
        rows: harness.upload(rows),
        x: harness.upload(x),
        weight: harness.upload(weight),
        out,
        elem,
        hiddenSize: D,
        eps: 1e-6,
      });
      await harness.run(() => op(3));
      const expected = new Float64Array(3 * D);
      twin({ rows, x, weight, out: expected }, { D, EPS: 1e-6 });
      // Below 2^-24 an f16 is zero.
      assertClose(
        await harness.read(out, elemArray(elem, expected).fill(NaN)),
        expected,
        {
          relative: RELATIVE[elem],
          absolute: elem === "f16" ? 2 ** -24 : 0,
          label: "rows of 0, 1e-12 and 1e15",
        },
      );
    },
  );

  testBothCuts(
    harness,
    `rmsNorm() computes a row bit for bit as it does alone in ${elem}`,
    async () => {
      const D = 260;
      const random = new Random(3);
      const rows = harness.empty(TABLE_BYTES);
      const x = harness.empty(64 * D * 4);
      const out = harness.empty(64 * D * 4);
      const op = rmsNorm(harness.gpu, {
        rows,
        x,
        weight: harness.upload(random.normals(D)),
        out,
        elem,
        hiddenSize: D,
        eps: 1e-5,
      });
      await assertRowInvariant(harness, {
        rows,
        row: sequence(64),
        inputs: [{ buffer: x, values: random.normals(64 * D) }],
        outputs: [{ buffer: out, rowBytes: D * (elem === "f16" ? 2 : 4) }],
      }, { op });
    },
  );
}
