import { assertEquals } from "@std/assert";
import {
  partialBytes,
  partialsBytes,
  roundKeys,
  SPLIT_KEYS,
  splitWorkgroups,
} from "../../src/ops/mod.ts";

Deno.test("splitWorkgroups() splits where one workgroup a head would leave a GPU idle", () => {
  const split = (numHeads: number, numKeys: number): number =>
    splitWorkgroups({ numHeads, numKeys, splitKeys: SPLIT_KEYS });
  assertEquals(
    [1, 1024, 1025, 8192, 32_768].map((numKeys) => split(32, numKeys)),
    [1, 1, 5, 32, 32],
  );
  assertEquals(
    [1, 31, 256, 512, 1000, 1024, 4096].map((heads) => split(heads, 8192)),
    [32, 32, 4, 2, 2, 1, 1],
  );
});

Deno.test("roundKeys() leaves few numbers, none of them less than it was given", () => {
  assertEquals(
    [0, 1, 1000, 1024, 1025, 2048, 2049, 30_000].map(roundKeys),
    [1024, 1024, 1024, 1024, 2048, 2048, 4096, 32_768],
  );
});

Deno.test("partialsBytes() counts the rows that splitWorkgroups() splits", () => {
  const shape = { numHeads: 32, headDim: 128 };
  const count = (
    contextLength: number,
    { maxRows = 256, numHeads = 32, window = null as number | null } = {},
  ): number => {
    const sized = { ...shape, numHeads };
    const args = { maxRows, contextLength, window };
    return partialsBytes(sized, args) / partialBytes(sized, args);
  };
  assertEquals([count(1024), count(1025), count(32_768)], [0, 16, 16]);
  assertEquals(count(8192, { maxRows: 8 }), 8);
  assertEquals(count(8192, { numHeads: 96 }), 10);
  assertEquals(count(8192, { numHeads: 2000 }), 0);
  assertEquals(count(8192, { window: 1000 }), 0);
  assertEquals(count(8192, { window: 2000 }), 16);
  for (const numHeads of [5, 64, 96, 1000]) {
    const numRows = count(8192, { numHeads });
    const split = (rows: number): number =>
      splitWorkgroups({
        numHeads: rows * numHeads,
        numKeys: 8192,
        splitKeys: SPLIT_KEYS,
      });
    assertEquals(split(numRows) > 1, true);
    if (numRows < 16) assertEquals(split(numRows + 1), 1);
  }
});
