import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  matmulAdd,
  matmulSwiglu,
  matmulVariant,
  MAX_NORMED_COLS,
  MAX_ROW_TILE,
  workgroupSize,
} from "../../src/ops/mod.ts";
import { openHarness, testBothCuts } from "./_harness.ts";
import { packMatrix } from "./_packed.ts";

const harness = await openHarness();

testBothCuts(
  harness,
  "matmulVariant() gives the kernel a variant that it can run, of rows that buffers are padded to",
  () => {
    for (const numRows of [1, 2, 7, 8, 64, 512]) {
      for (const numCols of [4, 576, 14336, 50000]) {
        for (const numBlocks of [1, 16, 4000]) {
          for (const isNormed of [false, true]) {
            const product = { numRows, numCols, numBlocks, isNormed };
            const { TILE, GROUPS } = matmulVariant(harness.gpu, product);
            assert(GROUPS === 1 || GROUPS >= TILE);
            assert(TILE <= MAX_ROW_TILE && MAX_ROW_TILE % TILE === 0);
            const { limits } = harness.gpu.device;
            assert(GROUPS * 8 <= limits.maxComputeInvocationsPerWorkgroup);
            // A norm's partial sums are those of rms_norm, a thread each.
            const lanes = workgroupSize(harness.gpu, 64);
            assert(!isNormed || GROUPS * 8 >= lanes);
          }
        }
      }
    }
  },
);

testBothCuts(
  harness,
  "matmulVariant() lets rows share a thread where a CPU, or a GPU with enough to do, gains by it",
  () => {
    const isSoftware = harness.gpu.adapter.isSoftware;
    const tileOf = (numRows: number, numBlocks: number): number => {
      const product = { numRows, numCols: 64, numBlocks, isNormed: false };
      return matmulVariant(harness.gpu, product).TILE;
    };
    assertEquals(tileOf(1, 4000), 1);
    assertEquals(tileOf(60, 2), isSoftware ? 8 : 1);
    assertEquals(tileOf(64, 16), isSoftware ? 8 : 4);
    assertEquals(tileOf(64, 128), 8);
    assertEquals(tileOf(5, 4000), 8);
  },
);

Deno.test("bindMatrixKernel() launches each slice over blocks of 32 outputs and tiles of rows", async () => {
  const w = packMatrix(harness, new Float32Array(100 * 8), {
    elem: "f32",
    M: 100,
    K: 8,
    sliceRows: 64,
  });
  const op = matmulAdd(harness.gpu, {
    rows: harness.empty(72),
    x: harness.empty(64),
    w,
    bias: null,
    out: harness.empty(400),
    variant: { TILE: 4, SPAN: 1, GROUPS: 8 },
  });
  await harness.gpu.guard("compile", () => {
    assertEquals(op(9).map(({ grid }) => grid), [[2, 3, 1], [2, 3, 1]]);
    assertEquals(op(1).map(({ grid }) => grid), [[2, 1, 1], [2, 1, 1]]);
  });
});

Deno.test("normOperand() rejects an input wider than a product normalises itself", () => {
  const some = harness.empty(4096);
  const K = MAX_NORMED_COLS + 4;
  const w = packMatrix(harness, new Float32Array(4 * K), {
    elem: "f32",
    M: 4,
    K,
  });
  const error = assertThrows(
    () =>
      matmulSwiglu(harness.gpu, {
        rows: some,
        x: some,
        w,
        bias: null,
        norm: { weight: some, eps: 1e-5 },
        out: some,
      }),
    RangeError,
  );
  assertEquals(
    error.message,
    'Cannot bind "w" as the input that it normalises must have at most 256 columns: 260',
  );
});

Deno.test("biasOperand() demands a value for each row of the matrix", () => {
  const w = packMatrix(harness, new Float32Array(8 * 4), {
    elem: "f32",
    M: 8,
    K: 4,
  });
  const error = assertThrows(
    () =>
      matmulAdd(harness.gpu, {
        rows: harness.empty(72),
        x: harness.empty(16),
        w,
        bias: harness.empty(16),
        out: harness.empty(32),
      }),
    RangeError,
  );
  assertEquals(
    error.message,
    'Cannot bind "bias" of matmul_add as it must hold at least 32 bytes: found 16',
  );
});
