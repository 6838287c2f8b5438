import { assertEquals, assertThrows } from "@std/assert";
import {
  attention,
  attentionMerge,
  attentionSplit,
  partialBytes,
} from "../../src/ops/mod.ts";
import { attentionSplit as twin } from "../reference/attention_split.ts";
import { assertClose } from "./_close.ts";
import { assertRowInvariant, TABLE_BYTES } from "./_row_invariance.ts";
import { MAX_PATH, rowWords } from "../reference/lib/rows.ts";
import { openHarness } from "./_harness.ts";
import { Random } from "./_random.ts";
import { randomTree } from "./_draft_tree_rows.ts";
import { SMALL_SPLIT } from "./_attention.ts";
import { testAttention } from "./_attention_tests.ts";
import { testCacheFormats } from "./_attention_formats.ts";

const harness = await openHarness();

testAttention(harness, "attention_split");
testCacheFormats(harness, "attention_split");

Deno.test("attentionSplit() sums the keys of each split as its twin does", async () => {
  const random = new Random(1);
  const [H, G, E, S] = [4, 2, 12, 320];
  const shape = { numHeads: H, numKvHeads: G, headDim: E };
  const tree = { numNodes: 20, length: 290, vocabSize: 9, maxPath: MAX_PATH };
  const sequence = [0, 1, 63, 64, 127, 128, 300].map((position) => ({
    token: 0,
    position,
  }));
  const row = [...sequence, ...randomTree(random, tree).row];
  const words = rowWords({ row, firstLogitRow: 0 });
  const q = random.uniform("f32", row.length * H * E, 2);
  const k = random.uniform("f32", S * G * E);
  const v = random.uniform("f32", S * G * E);
  const [rows, ...operands] = [words, q, k, v].map((array) =>
    harness.upload(array)
  ) as [GPUBuffer, GPUBuffer, GPUBuffer, GPUBuffer];
  for (
    const { splitKeys, softCap, window } of [
      { splitKeys: 64, softCap: null, window: null },
      { splitKeys: 128, softCap: 1.5, window: null },
      { splitKeys: 64, softCap: null, window: 1 },
      { splitKeys: 64, softCap: 0.7, window: 100 },
      { splitKeys: 64, softCap: null, window: 129 },
    ]
  ) {
    const sizes = { splitKeys, window, contextLength: S };
    const rowBytes = partialBytes(shape, sizes);
    const [bufferQ, bufferK, bufferV] = operands;
    const partials = harness.empty(row.length * rowBytes);
    const op = attentionSplit(harness.gpu, {
      rows,
      q: bufferQ,
      k: bufferK,
      v: bufferV,
      partials,
      elem: "f32",
      shape,
      softCap,
      ...sizes,
    });
    await harness.run(() => op(row.length, 2));
    const numbers = row.length * rowBytes / 4;
    const actual = await harness.read(partials, new Float32Array(numbers));
    const expected = new Float64Array(numbers);
    twin({ rows: words, q, k, v, partials: expected }, {
      NUM_HEADS: H,
      NUM_KV_HEADS: G,
      HEAD_DIM: E,
      SEQUENCE_SLOTS: 2 ** 32 - 1,
      SPLIT_KEYS: splitKeys,
      MAX_SPLITS: rowBytes / (H * (E + 4) * 4),
      SCALE: 1 / Math.sqrt(E),
      CAP: softCap ?? 0,
      WINDOW: window ?? Infinity,
    });
    // Scores, of size 2 sqrt(E) at most, pass E/2 + 4 roundings; weights are off by as much, and sums of 128 at most by
    // that of each of them and 128 roundings.
    const score = (E / 2 + 4) * 2 * Math.sqrt(E) * 2 ** -24;
    assertClose(actual, expected, {
      absolute: 128 * (2 * score + 128 * 2 ** -24),
      label: JSON.stringify(sizes),
    });
  }
});

for (const elem of harness.elems) {
  Deno.test(`attentionSplit() and attentionMerge() give the bits of attention(), whatever the rows, and however many workgroups share their splits, in ${elem}`, async () => {
    const random = new Random(5);
    const [H, G, S] = [4, 2, 420];
    for (
      const { E, splitKeys = SMALL_SPLIT, window = null, ...changes } of [
        { E: 8 },
        { E: 80 },
        { E: 16, splitKeys: 128 },
        { E: 8, window: 150, scale: 0.3, softCap: 1.5 },
        { E: 8, window: 64 },
      ]
    ) {
      const shape = { numHeads: H, numKvHeads: G, headDim: E };
      const sizes = { contextLength: S, splitKeys, window };
      const rows = harness.empty(TABLE_BYTES);
      const q = harness.empty(64 * H * E * 4);
      const out = harness.empty(64 * H * E * 4);
      const args = {
        rows,
        q,
        k: harness.upload(random.uniform(elem, S * G * E)),
        v: harness.upload(random.uniform(elem, S * G * E)),
        out,
        elem,
        shape,
        partials: harness.empty(64 * partialBytes(shape, sizes)),
        isSerial: false,
        ...sizes,
        ...changes,
      };
      const whole = attention(harness.gpu, { ...args, partials: undefined });
      const split = attentionSplit(harness.gpu, args);
      const merge = attentionMerge(harness.gpu, args);
      const shared = [1, 2, 5, 32].map((count) =>
        [`${count} workgroups`, (numRows: number) => [
          ...split(numRows, count),
          ...merge(numRows),
        ]] as const
      );
      const tree = randomTree(random, {
        numNodes: 32,
        length: S - 32,
        vocabSize: 9,
        maxPath: MAX_PATH,
      });
      const sequence = Array.from({ length: 32 }, (_, index) => ({
        token: 0,
        position: index < 8 ? 64 * (index >> 1) + (index & 1) : random.below(S),
      }));
      await assertRowInvariant(harness, {
        rows,
        row: [...tree.row, ...sequence],
        inputs: [{ buffer: q, values: random.uniform(elem, 64 * H * E, 3) }],
        outputs: [{
          buffer: out,
          rowBytes: H * E * (elem === "f16" ? 2 : 4),
        }],
      }, { whole, ...Object.fromEntries(shared) });
    }
  });
}

Deno.test("attentionSplit() refuses room for less than a row", () => {
  const some = harness.empty(64 * 4 * 4);
  const args = {
    rows: some,
    q: some,
    k: some,
    v: some,
    elem: "f32",
    shape: { numHeads: 1, numKvHeads: 1, headDim: 8 },
    contextLength: 500,
    splitKeys: 64,
  } as const;
  // 8 splits, as nodes of a tree may stand behind the context.
  const numBytes = partialBytes(args.shape, args);
  assertEquals(numBytes, 8 * 12 * 4);
  const build = (size: number) => () =>
    attentionSplit(harness.gpu, { ...args, partials: harness.empty(size) });
  build(numBytes)();
  const error = assertThrows(build(numBytes - 16), RangeError);
  assertEquals(
    error.message,
    'Cannot bind "partials" of attention_split as it must hold at least 384 bytes: found 368',
  );
});

Deno.test("partialBytes() counts the splits that a window can reach into", () => {
  const shape = { numHeads: 3, headDim: 8 };
  const count = (window: number | null, contextLength = 1000): number =>
    partialBytes(shape, { contextLength, splitKeys: 100, window }) /
    (3 * 12 * 4);
  assertEquals([1, 2, 100, 101, 102, 500].map((window) => count(window)), [
    1,
    2,
    2,
    2,
    3,
    6,
  ]);
  // A tree's nodes behind the context among them.
  assertEquals([count(null), count(null, 980), count(5000)], [11, 10, 11]);
});
