import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  attention,
  type Op,
  partialBytes,
  type PassReach,
} from "../../src/ops/mod.ts";
import { Random } from "./_random.ts";
import { rowWords } from "../reference/lib/rows.ts";
import { testAttention } from "./_attention_tests.ts";
import { testCacheFormats } from "./_attention_formats.ts";
import { openHarness, testBothCuts } from "./_harness.ts";

const harness = await openHarness();

testAttention(harness, "attention");
testCacheFormats(harness, "attention");

/** Kernels and grids that the op chooses for 7 rows of 3 heads. */
async function choose(
  headDim: number,
  contextLength: number,
  window: number | null = null,
): Promise<readonly string[]> {
  const some = harness.empty(4096);
  const op = attention(harness.gpu, {
    rows: some,
    q: some,
    k: some,
    v: some,
    out: harness.empty(4096),
    elem: "f32",
    shape: { numHeads: 3, numKvHeads: 1, headDim },
    contextLength,
    window,
  });
  return await harness.gpu.guard(
    "compile",
    () => op(7).map(({ kernel, grid }) => `${kernel.name} ${grid}`),
  );
}

testBothCuts(
  harness,
  "attention() lets one thread walk a row's keys on a software adapter, and many on a GPU or where keys are many",
  async () => {
    const { isSoftware } = harness.gpu.adapter;
    const [serial, parallel] = [["attention_serial 3,1,1"], [
      "attention 3,7,1",
    ]];
    assertEquals(await choose(8, 300), isSoftware ? serial : parallel);
    assertEquals(await choose(64, 1000), isSoftware ? serial : parallel);
    assertEquals(await choose(64, 5000), parallel);
    assertEquals(await choose(8, 20_000), parallel);
    // A window bounds the keys, and a block that it cuts.
    assertEquals(await choose(64, 5000, 1000), isSoftware ? serial : parallel);
    assertEquals(await choose(256, 100_000, 4096), parallel);
    const tooMany = () => choose(256, 100_000);
    if (isSoftware) {
      await assertRejects(tooMany, RangeError, "Cannot attend on ");
    } else {
      assertEquals(await tooMany(), parallel);
    }
  },
);

Deno.test("attention() splits long rows among workgroups where there are few, for which there is room", async () => {
  const shape = { numHeads: 32, numKvHeads: 8, headDim: 64 };
  const some = harness.empty(16384);
  const build = (
    options: { contextLength: number; window?: number; splitKeys?: number },
    maxRows = 16,
  ) =>
    attention(harness.gpu, {
      rows: some,
      q: some,
      k: some,
      v: some,
      out: harness.empty(16384),
      partials: harness.empty(maxRows * partialBytes(shape, options)),
      elem: "f32",
      shape,
      isSerial: false,
      ...options,
    });
  const list = async (
    op: Op,
    numRows: number,
    reach?: PassReach,
  ): Promise<readonly string[]> =>
    await harness.gpu.guard(
      "compile",
      () =>
        op(numRows, reach).map(({ kernel, grid }) => `${kernel.name} ${grid}`),
    );
  const op = build({ contextLength: 8192 });
  const whole = (numRows: number) => [`attention 32,${numRows},1`];
  const split = (numRows: number, count: number) => [
    `attention_split 32,${numRows},${count}`,
    `attention_merge ${numRows * 8},1,1`,
  ];
  // 32 splits of 256, if nothing else is known; 1,024 workgroups keep a GPU busy.
  assertEquals(await list(op, 1), split(1, 32));
  assertEquals(await list(op, 8), split(8, 4));
  assertEquals(await list(op, 15), split(15, 3));
  assertEquals(await list(op, 16), split(16, 2));
  assertEquals(await list(op, 17), whole(17));
  assertEquals(await list(op, 64), whole(64));
  assertEquals(await list(op, 1, { numKeys: 0 }), whole(1));
  assertEquals(await list(op, 1, { numKeys: 1024 }), whole(1));
  assertEquals(await list(op, 1, { numKeys: 1025 }), split(1, 5));
  assertEquals(await list(op, 8, { numKeys: 1025 }), split(8, 4));
  assertEquals(await list(op, 1, { numKeys: 1e6 }), split(1, 32));
  const windowed = build({ contextLength: 8192, window: 1500 });
  assertEquals(await list(windowed, 1), split(1, 6));
  assertEquals(await list(windowed, 1, { numKeys: 1100 }), split(1, 5));
  const narrow = build({ contextLength: 8192, window: 1024 });
  assertEquals(await list(narrow, 1), whole(1));
  const small = build({ contextLength: 500, splitKeys: 64 });
  assertEquals(await list(small, 1), split(1, 8));
  const roomy = build({ contextLength: 8192 }, 3);
  assertEquals(await list(roomy, 3), split(3, 11));
  assertEquals(await list(roomy, 4), whole(4));
  assertEquals(await list(build({ contextLength: 8192 }, 0), 1), whole(1));
});

Deno.test("attention() gives the same bits wherever it splits", async () => {
  const [H, G, E, S] = [4, 2, 8, 400];
  const random = new Random(11);
  const shape = { numHeads: H, numKvHeads: G, headDim: E };
  const row = [399, 320, 5, 256].map((position) => ({ token: 0, position }));
  const words = rowWords({ row, firstLogitRow: 0 });
  const q = random.uniform("f32", row.length * H * E, 3);
  const out = harness.empty(q.byteLength);
  const sizes = { contextLength: S, splitKeys: 64 };
  const op = attention(harness.gpu, {
    rows: harness.upload(words),
    q: harness.upload(q),
    k: harness.upload(random.uniform("f32", S * G * E)),
    v: harness.upload(random.uniform("f32", S * G * E)),
    out,
    partials: harness.empty(16 * partialBytes(shape, sizes)),
    elem: "f32",
    shape,
    isSerial: false,
    ...sizes,
  });
  const bits: Uint32Array[] = [];
  // Whole, split, and split for fewer keys than there are.
  for (const numKeys of [1, 400, 300]) {
    harness.write(out, new Float32Array(q.length).fill(NaN));
    await harness.run(() => op(row.length, { numKeys }));
    bits.push(await harness.read(out, new Uint32Array(q.length)));
  }
  const [whole, ...split] = bits;
  for (const other of split) assertEquals(other, whole);
});

Deno.test("attention() rejects heads that the kernel cannot hold", () => {
  const some = harness.empty(4096);
  const build = (headDim: number) => () =>
    attention(harness.gpu, {
      rows: some,
      q: some,
      k: some,
      v: some,
      out: some,
      elem: "f32",
      shape: { numHeads: 1, numKvHeads: 1, headDim },
      contextLength: 1,
    });
  for (const headDim of [6, 260]) {
    const error = assertThrows(build(headDim), RangeError);
    assertEquals(
      error.message,
      `Cannot attend as the head size E must be a multiple of 4 of at most 256: ${headDim}`,
    );
  }
});
