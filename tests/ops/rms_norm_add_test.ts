import { assertClose } from "./_close.ts";
import { assertRowInvariant, TABLE_BYTES } from "./_row_invariance.ts";
import { openHarness, testBothCuts } from "./_harness.ts";
import { Random } from "./_random.ts";
import { rmsNormAdd } from "../../src/ops/mod.ts";
import { rowWords } from "../reference/lib/rows.ts";
import { sequence } from "./_rows.ts";
import { rmsNormAdd as twin } from "../reference/rms_norm_add.ts";

const harness = await openHarness();

testBothCuts(
  harness,
  "rmsNormAdd() equals its twin over a table of shapes",
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
      const before = random.normals(T * D);
      const out = harness.upload(before);
      const op = rmsNormAdd(harness.gpu, {
        rows: harness.upload(rows),
        x: harness.upload(x),
        weight: harness.upload(weight),
        out,
        hiddenSize: D,
        eps,
      });
      await harness.run(() => op(T));
      const expected = Float64Array.from(before);
      twin({ rows, x, weight, out: expected }, { D, EPS: eps });
      assertClose(
        await harness.read(out, new Float32Array(T * D).fill(NaN)),
        expected,
        // As in rms_norm_test.ts, of terms that are below 20 here.
        { absolute: 20 * 100 * 2 ** -24, label: `[${T}, ${D}]` },
      );
    }
  },
);

testBothCuts(
  harness,
  "rmsNormAdd() computes a row bit for bit as it does alone",
  async () => {
    const D = 260;
    const random = new Random(3);
    const rows = harness.empty(TABLE_BYTES);
    const x = harness.empty(64 * D * 4);
    const out = harness.empty(64 * D * 4);
    const op = rmsNormAdd(harness.gpu, {
      rows,
      x,
      weight: harness.upload(random.normals(D)),
      out,
      hiddenSize: D,
      eps: 1e-5,
    });
    await assertRowInvariant(harness, {
      rows,
      row: sequence(64),
      inputs: [
        { buffer: x, values: random.normals(64 * D) },
        { buffer: out, values: random.normals(64 * D) },
      ],
      outputs: [{ buffer: out, rowBytes: D * 4 }],
    }, { op });
  },
);
