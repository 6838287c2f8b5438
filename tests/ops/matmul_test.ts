import { assertEquals } from "@std/assert";
import { matmul } from "../../src/ops/mod.ts";
import { matmul as twin } from "../reference/matmul.ts";
import { rowWords } from "../reference/lib/rows.ts";
import { assertClose, productTolerance } from "./_close.ts";
import { openHarness, testBothCuts } from "./_harness.ts";
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
  Deno.test(`matmul() equals its twin over a table of shapes in ${elem}`, async () => {
    const random = new Random(1);
    for (
      const [T, firstLogitRow, K, M, sliceRows, numBranches, softCap] of [
        [1, 0, 4, 1, undefined, 1, null],
        [2, 1, 68, 31, undefined, 1, 0.4],
        [11, 2, 100, 33, 32, 1, 30],
        [8, 7, 64, 512, undefined, 1, null],
        [1, 0, 68, 33, undefined, 2, null],
        [10, 0, 64, 40, 32, 2, 1e-3],
        [3, 0, 576, 576, 288, 1, null],
      ] as const
    ) {
      const passRows = T - firstLogitRow;
      const R = passRows * numBranches;
      const rows = rowWords({ row: sequence(T), firstLogitRow });
      const x = random.uniform(elem, T * numBranches * K);
      const w = random.uniform(elem, M * K, 1 / Math.sqrt(K));
      const out = harness.empty(R * M * 4);
      const op = matmul(harness.gpu, {
        rows: harness.upload(rows),
        x: harness.upload(x),
        w: packMatrix(harness, w, { elem, M, K, sliceRows }),
        out,
        numBranches,
        softCap,
      });
      await harness.run(() => op(passRows));
      const expected = new Float64Array(R * M);
      twin({ rows, x: widen(x), w: widen(w), out: expected }, {
        K,
        M,
        BRANCHES: numBranches,
        ...softCap === null ? {} : { CAP: softCap },
      });
      const actual = new Float32Array(R * M).fill(NaN);
      assertClose(await harness.read(out, actual), expected, {
        // A cap's own rounding, of some units of it, is behind a function no steeper than 1.
        absolute: productTolerance(K) + 8 * 2 ** -24 * (softCap ?? 0),
        label: `rows ${firstLogitRow}..${T} of ${numBranches}, [${M}, ${K}]`,
      });
    }
  });

  Deno.test(`matmul() computes a row bit for bit as it does alone, however it is cut, in ${elem}`, async () => {
    // 34 chunks of K, the last one short: two rounds of the variant with the most groups.
    const [K, M] = [2116, 40];
    const random = new Random(2);
    const rows = harness.empty(TABLE_BYTES);
    const x = harness.empty(64 * K * 4);
    const w = packMatrix(
      harness,
      random.uniform(elem, M * K, 1 / Math.sqrt(K)),
      { elem, M, K },
    );
    const out = harness.empty(64 * M * 4);
    const launches = VARIANTS.map((variant) => [
      JSON.stringify(variant),
      matmul(harness.gpu, { rows, x, w, out, variant }),
    ]);
    await assertRowInvariant(harness, {
      rows,
      row: sequence(64),
      inputs: [{ buffer: x, values: random.uniform(elem, 64 * K) }],
      outputs: [{ buffer: out, rowBytes: M * 4 }],
    }, {
      ...Object.fromEntries(launches),
      "chosen by the op": matmul(harness.gpu, { rows, x, w, out }),
    });
  });
}

Deno.test("matmul() equals its twin for the last rows of either branch alone", async () => {
  const random = new Random(4);
  for (
    const [T, firstLogitRow] of [[1, 0], [2, 1], [11, 10], [20, 3]] as const
  ) {
    const [K, M] = [68, 40];
    const R = T - firstLogitRow;
    const rows = rowWords({ row: sequence(T), firstLogitRow });
    const x = random.uniform("f32", 2 * T * K);
    const w = random.uniform("f32", M * K, 1 / Math.sqrt(K));
    const out = harness.empty(2 * R * M * 4);
    const args = {
      rows: harness.upload(rows),
      x: harness.upload(x),
      w: packMatrix(harness, w, { elem: "f32", M, K }),
      out,
    };
    const expected = new Float64Array(2 * R * M);
    for (const branch of [0, 1] as const) {
      const op = matmul(harness.gpu, { ...args, branch });
      await harness.run(() => op(R));
      twin({ rows, x: widen(x), w: widen(w), out: expected }, {
        K,
        M,
        BRANCHES: 1,
        BRANCH: branch,
      });
    }
    const actual = new Float32Array(2 * R * M).fill(NaN);
    assertClose(await harness.read(out, actual), expected, {
      absolute: productTolerance(K),
      label: `rows ${firstLogitRow}..${T}`,
    });
  }
});

testBothCuts(
  harness,
  "matmul() sums rows that are too long for the loops of one thread",
  async () => {
    const [K, M] = [28_672, 4];
    const random = new Random(4);
    const row = random.uniform("f32", K);
    const w = random.uniform("f32", M * K, 1 / Math.sqrt(K));
    const packed = packMatrix(harness, w, { elem: "f32", M, K });
    const sums: Float32Array[] = [];
    for (const T of [1, 8]) {
      const x = new Float32Array(T * K);
      for (let t = 0; t < T; t++) x.set(row, t * K);
      const rows = rowWords({ row: sequence(T), firstLogitRow: 0 });
      const out = harness.empty(T * M * 4);
      const op = matmul(harness.gpu, {
        rows: harness.upload(rows),
        x: harness.upload(x),
        w: packed,
        out,
      });
      await harness.run(() => op(T));
      const expected = new Float64Array(T * M);
      twin({ rows, x, w, out: expected }, { K, M, BRANCHES: 1 });
      const actual = new Float32Array(T * M).fill(NaN);
      assertClose(await harness.read(out, actual), expected, {
        absolute: productTolerance(K),
        label: `${T} rows`,
      });
      sums.push(actual.subarray((T - 1) * M));
    }
    assertEquals(sums[1], sums[0]);
  },
);

Deno.test("matmul() leaves everything as it is when the generation has ended", async () => {
  const [K, M] = [8, 4];
  const random = new Random(3);
  const out = harness.upload(new Float32Array(M).fill(7));
  const op = matmul(harness.gpu, {
    rows: harness.upload(rowWords({ row: [], firstLogitRow: 0 })),
    x: harness.upload(random.uniform("f32", K)),
    w: packMatrix(harness, random.uniform("f32", M * K), { elem: "f32", M, K }),
    out,
  });
  await harness.run(() => op(1));
  const expected = new Float32Array(M).fill(7);
  const actual = await harness.read(out, new Float32Array(M));
  assertClose(actual, expected, { label: "out" });
});
