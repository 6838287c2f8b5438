import { assert, assertEquals, assertGreater } from "@std/assert";
import {
  isPossible,
  matmulCandidates,
  matmulVariant,
  MAX_ROW_TILE,
  workgroupSize,
} from "../../src/ops/mod.ts";
import { openHarness, testBothCuts } from "./_harness.ts";

const harness = await openHarness();
const { gpu } = harness;

testBothCuts(
  harness,
  "matmulCandidates() lists the rule's cut and a few that the kernel can run",
  () => {
    const { limits } = gpu.device;
    for (const numRows of [1, 2, 3, 8, 16]) {
      for (const numCols of [4, 256, 576, 14336]) {
        for (const numBlocks of [1, 16, 4000]) {
          for (const isNormed of numCols <= 256 ? [false, true] : [false]) {
            const shape = { numRows, numCols, numBlocks, isNormed };
            const all = matmulCandidates(gpu, shape);
            assertEquals(all[0], matmulVariant(gpu, shape));
            const texts = new Set(all.map((each) => JSON.stringify(each)));
            assertEquals(texts.size, all.length);
            assert(all.length <= 8);
            for (const { TILE, SPAN, GROUPS } of all) {
              assert(GROUPS === 1 || GROUPS >= TILE);
              assert(MAX_ROW_TILE % TILE === 0 && TILE < 2 * numRows);
              assert(SPAN === 1 || SPAN === 2);
              assert(GROUPS * 8 <= limits.maxComputeInvocationsPerWorkgroup);
              assert(!isNormed || GROUPS * 8 >= workgroupSize(gpu, 64));
            }
            // Where there is but one block and one chunk of one row, there is nothing to choose.
            if (numBlocks > 1 || numCols > 256) assertGreater(all.length, 1);
          }
        }
      }
    }
  },
);

testBothCuts(
  harness,
  "isPossible() refuses what a kernel cannot run, or no thread would work in",
  () => {
    const shape = {
      numRows: 8,
      numCols: 4096,
      numBlocks: 128,
      isNormed: false,
    };
    const cut = { TILE: 4, SPAN: 1, GROUPS: 8 };
    assert(isPossible(gpu, shape, cut));
    for (
      const wrong of [
        { TILE: 0 },
        { TILE: 3 },
        { TILE: 16 },
        { TILE: 0.5 },
        { TILE: NaN },
        { SPAN: 0 },
        { SPAN: 3 },
        { GROUPS: 2 },
        { GROUPS: 12 },
        { GROUPS: 64 },
        { GROUPS: -8 },
        { GROUPS: 0.5 },
      ]
    ) {
      assert(!isPossible(gpu, shape, { ...cut, ...wrong }), `${wrong}`);
    }
    assert(!isPossible(gpu, { ...shape, numRows: 2 }, cut));
    assert(!isPossible(gpu, { ...shape, numCols: 128 }, cut));
    const two = { ...cut, SPAN: 2 };
    assert(isPossible(gpu, shape, two));
    assert(!isPossible(gpu, { ...shape, numBlocks: 1 }, two));
  },
);

Deno.test("isPossible() leaves a workgroup its memory", () => {
  const shape = { numRows: 8, numCols: 4096, numBlocks: 128, isNormed: false };
  const limits = {
    maxComputeInvocationsPerWorkgroup: 256,
    maxComputeWorkgroupStorageSize: 16384,
  };
  const small = Object.create(gpu, { device: { value: { limits } } });
  // 8 groups of 8 threads, with 8 rows of a block each, are 8 KiB of sums.
  assert(isPossible(small, shape, { TILE: 8, SPAN: 1, GROUPS: 8 }));
  assert(!isPossible(small, shape, { TILE: 8, SPAN: 2, GROUPS: 8 }));
});

Deno.test("isPossible() leaves a thread of a software adapter the iterations that it has", () => {
  const software = Object.create(gpu, {
    adapter: { value: { ...gpu.adapter, isSoftware: true } },
  });
  const shape = {
    numRows: 8,
    numCols: 28_672,
    numBlocks: 128,
    isNormed: false,
  };
  assert(!isPossible(software, shape, { TILE: 8, SPAN: 1, GROUPS: 1 }));
  assert(isPossible(software, shape, { TILE: 8, SPAN: 1, GROUPS: 16 }));
});
