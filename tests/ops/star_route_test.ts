import { assertEquals } from "@std/assert";
import { padCols, starRoute } from "../../src/ops/mod.ts";
import { rowWords } from "../reference/lib/rows.ts";
import { starRoute as twin } from "../reference/star_route.ts";
import { openHarness, testBothCuts } from "./_harness.ts";
import { assertNormsInput } from "./_normed_input.ts";
import { type ElemArray, elemArray, Random, widen } from "./_random.ts";
import { assertRowInvariant, TABLE_BYTES } from "./_row_invariance.ts";
import { sequence } from "./_rows.ts";
import type { Elem } from "../../src/gpu/shader.ts";

const harness = await openHarness();

interface Case {
  readonly elem: Elem;
  readonly numRows: number;
  readonly hiddenSize: number;
  readonly expertSize: number;
  readonly x: ElemArray;
  readonly gate: Float32Array<ArrayBuffer>;
  readonly act: ElemArray;
}

/** Runs the kernel and its twin, which copies, so that results are equal. */
async function assertEqualsTwin(test: Case): Promise<ElemArray> {
  const { elem, numRows, hiddenSize, expertSize, x, gate, act } = test;
  const STRIDE = padCols(2 * expertSize);
  const rows = rowWords({ row: sequence(numRows), firstLogitRow: 0 });
  const out = harness.empty(2 * numRows * STRIDE * 4);
  const op = starRoute(harness.gpu, {
    elem,
    hiddenSize,
    expertSize,
    rows: harness.upload(rows),
    x: harness.upload(x),
    gate: harness.upload(gate),
    act: harness.upload(act),
    out,
  });
  await harness.run(() => op(numRows));
  const expected = new Float64Array(2 * numRows * STRIDE).fill(NaN);
  twin({ rows, x: widen(x), gate, act: widen(act), out: expected }, {
    D: hiddenSize,
    F: expertSize,
    STRIDE,
  });
  const actual = await harness.read(out, elemArray(elem, expected).fill(NaN));
  assertEquals([...actual], [...expected]);
  return actual;
}

for (const elem of harness.elems) {
  testBothCuts(
    harness,
    `starRoute() equals its twin over a table of shapes in ${elem}`,
    async () => {
      const random = new Random(1);
      for (
        const [numRows, hiddenSize, expertSize] of [
          [1, 4, 1],
          [3, 68, 15],
          [9, 64, 97],
          [2, 576, 1536],
        ] as const
      ) {
        const stride = padCols(2 * expertSize);
        const act = random.uniform(elem, numRows * stride);
        // What is padding in the device's buffers is 0.
        for (let i = 0; i < act.length; i++) {
          if (i % stride >= 2 * expertSize) act[i] = 0;
        }
        await assertEqualsTwin({
          elem,
          numRows,
          hiddenSize,
          expertSize,
          x: random.uniform(elem, numRows * hiddenSize),
          gate: random.normals(2 * hiddenSize),
          act,
        });
      }
    },
  );

  testBothCuts(
    harness,
    `starRoute() normalises its rows as rmsNorm() does in ${elem}`,
    async () => {
      const random = new Random(4);
      for (const [D, T] of [[68, 3], [256, 21]] as const) {
        const expertSize = 8;
        const act = harness.upload(random.uniform(elem, 32 * 2 * expertSize));
        const gate = harness.upload(random.normals(2 * D));
        const out = harness.empty(2 * 32 * 2 * expertSize * 4);
        const sizes = { elem, hiddenSize: D, expertSize };
        await assertNormsInput(harness, random, {
          elem,
          K: D,
          T,
          bind: (args) =>
            starRoute(harness.gpu, { ...args, ...sizes, gate, act, out }),
          outputs: [[out, new Uint32Array(out.size / 4)]],
        });
      }
    },
  );

  testBothCuts(
    harness,
    `starRoute() computes a row bit for bit as it does alone in ${elem}`,
    async () => {
      const [hiddenSize, expertSize] = [68, 12];
      const random = new Random(3);
      const bytes = elem === "f16" ? 2 : 4;
      const rows = harness.empty(TABLE_BYTES);
      const x = harness.empty(64 * hiddenSize * bytes);
      const act = harness.empty(64 * 2 * expertSize * bytes);
      const out = harness.empty(2 * 64 * 2 * expertSize * bytes);
      const gate = harness.upload(random.normals(2 * hiddenSize));
      const op = starRoute(harness.gpu, {
        elem,
        hiddenSize,
        expertSize,
        rows,
        x,
        gate,
        act,
        out,
      });
      await assertRowInvariant(harness, {
        rows,
        row: sequence(64),
        inputs: [
          { buffer: x, values: random.uniform(elem, 64 * hiddenSize) },
          { buffer: act, values: random.uniform(elem, 64 * 2 * expertSize) },
        ],
        outputs: [{
          buffer: out,
          rowBytes: 2 * expertSize * bytes,
          numBranches: 2,
        }],
      }, { op });
    },
  );
}

Deno.test("starRoute() prefers the larger gate value, and the first expert where they are equal", async () => {
  const act = [1, 2, 3, 4];
  for (
    const [gates, own, other] of [
      [[1, 2], [0, 0, 3, 4], [1, 2, 0, 0]],
      [[2, 1], [1, 2, 0, 0], [0, 0, 3, 4]],
      [[-1, -1], [1, 2, 0, 0], [0, 0, 3, 4]],
    ] as const
  ) {
    const actual = await assertEqualsTwin({
      elem: "f32",
      numRows: 1,
      hiddenSize: 4,
      expertSize: 2,
      x: elemArray("f32", [1, 0, 0, 0]),
      gate: Float32Array.from([gates[0], 0, 0, 0, gates[1], 0, 0, 0]),
      act: elemArray("f32", act),
    });
    assertEquals([...actual], [...own, ...other]);
  }
});
