import { logProb } from "../../src/ops/mod.ts";
import { logProb as twin } from "../reference/log_prob.ts";
import { rowWords } from "../reference/lib/rows.ts";
import { assertClose } from "./_close.ts";
import { openHarness, testBothCuts } from "./_harness.ts";
import { Random } from "./_random.ts";
import { assertRowInvariant, TABLE_BYTES } from "./_row_invariance.ts";
import { sequence } from "./_rows.ts";

const harness = await openHarness();

/**
 * Bounds how far a log probability may be off, given the largest size of a logit: the differences to the largest
 * logit are rounded to 2^-23 of twice that size, exp of them by 3 + 2 |x| units, sums by 256 + V/256 roundings,
 * and log, which is off by 2^-21 near 1 and by 3 units elsewhere (WGSL, 15.7.4).
 */
function tolerance(V: number, size: number): number {
  const units = 4 * size + 3 + 4 * size + 256 + V / 256 + 8 + 3 * Math.log(V);
  return units * 2 ** -24;
}

async function assertEqualsTwin(
  logits: Float32Array<ArrayBuffer>,
  options: {
    readonly V: number;
    readonly T: number;
    readonly firstLogitRow: number;
    readonly choice: readonly number[];
  },
): Promise<void> {
  const { V, T, firstLogitRow } = options;
  const R = T - firstLogitRow;
  const rows = rowWords({ row: sequence(T), firstLogitRow });
  const choice = Uint32Array.from(options.choice);
  const out = harness.empty(R * 4);
  const op = logProb(harness.gpu, {
    rows: harness.upload(rows),
    logits: harness.upload(logits),
    choice: harness.upload(choice),
    logProb: out,
    vocabSize: V,
  });
  await harness.run(() => op(R));
  const expected = new Float64Array(R);
  twin({ rows, logits, choice, logProb: expected }, { V });
  const size = logits.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  assertClose(
    await harness.read(out, new Float32Array(R).fill(NaN)),
    expected,
    {
      absolute: tolerance(V, size),
      label: `V ${V}, rows ${firstLogitRow}..${T}`,
    },
  );
}

testBothCuts(
  harness,
  "logProb() equals its twin over a table of shapes",
  async () => {
    const random = new Random(1);
    for (
      const [V, T, firstLogitRow] of [
        [1, 1, 0],
        [2, 3, 0],
        [255, 3, 2],
        [257, 2, 0],
        [512, 9, 4],
        [32000, 3, 1],
      ] as const
    ) {
      const R = T - firstLogitRow;
      const choice = Array.from({ length: R }, () => random.below(V));
      const logits = random.normals(R * V, 4);
      await assertEqualsTwin(logits, { V, T, firstLogitRow, choice });
    }
  },
);

testBothCuts(
  harness,
  "logProb() stays finite for very large, very small and equal logits",
  async () => {
    const shape = { V: 300, T: 1, firstLogitRow: 0 };
    const random = new Random(2);
    for (
      const logits of [
        random.normals(300, 1e4),
        new Float32Array(300).fill(1e4),
        new Float32Array(300).fill(-1e4),
        new Float32Array(300),
      ]
    ) {
      for (const token of [0, 299]) {
        await assertEqualsTwin(logits, { ...shape, choice: [token] });
      }
    }
  },
);

testBothCuts(
  harness,
  "logProb() computes a row bit for bit as it does alone",
  async () => {
    const V = 515;
    const random = new Random(3);
    const rows = harness.empty(TABLE_BYTES);
    const logits = harness.empty(64 * V * 4);
    const choice = harness.empty(64 * 4);
    const out = harness.empty(64 * 4);
    const op = logProb(harness.gpu, {
      rows,
      logits,
      choice,
      logProb: out,
      vocabSize: V,
    });
    await assertRowInvariant(harness, {
      rows,
      row: sequence(64),
      inputs: [
        { buffer: logits, values: random.normals(64 * V, 4) },
        {
          buffer: choice,
          values: Uint32Array.from({ length: 64 }, () => random.below(V)),
        },
      ],
      outputs: [{ buffer: out, rowBytes: 4 }],
    }, { op });
  },
);
