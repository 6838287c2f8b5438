import { assert, assertEquals } from "@std/assert";
import { assertRowInvariant, TABLE_BYTES } from "./_row_invariance.ts";
import {
  type CacheQ8Shape,
  readCacheQ8,
  runsOf,
  slotBytes,
} from "../reference/lib/cache_q8.ts";
import { cacheSlotBytes, kvStore } from "../../src/ops/mod.ts";
import { openHarness, testBothCuts } from "./_harness.ts";
import { Random } from "./_random.ts";
import { type Row, rowWords } from "../reference/lib/rows.ts";
import { scattered } from "./_rows.ts";
import { kvStore as twin } from "../reference/kv_store.ts";

const harness = await openHarness();

/** Heads and their size: runs that are short, whole, and whole with a short one behind; slots with padding and without. */
const SHAPES = [
  [1, 4],
  [4, 8],
  [3, 12],
  [2, 32],
  [3, 64],
  [1, 80],
  [5, 96],
  [2, 256],
] as const;

/** What is in a cache before. */
const BEFORE = 0xa5a5a5a5;

/** Stores rows on the device; gives the whole cache of keys and of values. */
async function store(
  pass: CacheQ8Shape & {
    readonly row: readonly Row[];
    readonly numSlots: number;
    readonly keys: Float32Array<ArrayBuffer>;
    readonly values: Float32Array<ArrayBuffer>;
  },
): Promise<Readonly<Record<"k" | "v", Uint32Array<ArrayBuffer>>>> {
  const { row, numSlots, NUM_KV_HEADS, HEAD_DIM } = pass;
  const length = numSlots * slotBytes(pass) / 4;
  const before = new Uint32Array(length).fill(BEFORE);
  const [k, v] = [harness.upload(before), harness.upload(before)];
  const op = kvStore(harness.gpu, {
    rows: harness.upload(rowWords({ row, firstLogitRow: 0 })),
    keys: harness.upload(pass.keys),
    values: harness.upload(pass.values),
    k,
    v,
    shape: { numHeads: 1, numKvHeads: NUM_KV_HEADS, headDim: HEAD_DIM },
  });
  await harness.run(() => op(row.length));
  return {
    k: await harness.read(k, new Uint32Array(length)),
    v: await harness.read(v, new Uint32Array(length)),
  };
}

/**
 * Numbers of `[T, G, E]` whose integers do not depend on how halves, or quotients, are rounded: each is at most 0.4 from a
 * multiple of its run's scale, a power of two; the largest is 127 of it.
 */
function farFromHalves(
  random: Random,
  shape: CacheQ8Shape,
  numRows: number,
): Float32Array<ArrayBuffer> {
  const numbers = new Float32Array(
    numRows * shape.NUM_KV_HEADS * shape.HEAD_DIM,
  );
  for (let row = 0; row < numRows; row++) {
    for (const { element, length } of runsOf(shape, row)) {
      const scale = 2 ** (random.below(40) - 20);
      for (let i = 0; i < length; i++) {
        const quant = random.below(253) - 126;
        numbers[element + i] = scale * (quant + 0.8 * random.next() - 0.4);
      }
      const most = random.below(2) === 0 ? 127 : -127;
      numbers[element + random.below(length)] = scale * most;
    }
  }
  return numbers;
}

testBothCuts(
  harness,
  "kvStore() equals its twin over a table of shapes, and touches no other slot",
  async () => {
    const random = new Random(1);
    for (const [NUM_KV_HEADS, HEAD_DIM] of SHAPES) {
      const shape = { NUM_KV_HEADS, HEAD_DIM };
      for (const T of [1, 7]) {
        const numSlots = 2 * T + 1;
        const slots = scattered(random, T, numSlots);
        // A drafted row's slot is not its position.
        const row = scattered(random, T, numSlots).map((row, t) => ({
          ...row,
          slot: slots[t]?.position ?? NaN,
        }));
        const keys = farFromHalves(random, shape, T);
        const values = farFromHalves(random, shape, T);
        const pass = { ...shape, row, numSlots, keys, values };
        const actual = await store(pass);
        const before = new Uint32Array(actual.k.length).fill(BEFORE);
        const expected = { k: before, v: before.slice() };
        const rows = rowWords({ row, firstLogitRow: 0 });
        twin({ rows, keys, values, ...expected }, shape);
        for (const name of ["k", "v"] as const) {
          assertSameScales(actual[name], expected[name], { shape, row });
          assertEquals(actual[name], expected[name], `${name}, ${HEAD_DIM}`);
        }
      }
    }
  },
);

/** Throws unless the rows' scales are a division's rounding apart at most, and makes them equal. */
function assertSameScales(
  actual: Uint32Array<ArrayBuffer>,
  expected: Uint32Array<ArrayBuffer>,
  { shape, row }: {
    readonly shape: CacheQ8Shape;
    readonly row: readonly Row[];
  },
): void {
  const [is, should] = [
    new DataView(actual.buffer),
    new DataView(expected.buffer),
  ];
  for (const { slot = NaN } of row) {
    for (const { scaleAt } of runsOf(shape, slot)) {
      const scale = should.getFloat32(scaleAt, true);
      const difference = Math.abs(is.getFloat32(scaleAt, true) - scale);
      // WGSL, 15.7.4: quotients are off by 2.5 units in the last place.
      assert(difference <= 3 * 2 ** -23 * scale, `${difference} of ${scale}`);
      is.setFloat32(scaleAt, scale, true);
    }
  }
}

Deno.test("kvStore() stores a number within half a 127th of the largest of its run", async () => {
  const random = new Random(2);
  const shape = { NUM_KV_HEADS: 3, HEAD_DIM: 80 };
  const row = [{ token: 0, position: 0 }, { token: 0, position: 1 }];
  const keys = random.normals(2 * 3 * 80, 30);
  const values = random.normals(2 * 3 * 80, 0.01);
  const stored = await store({ ...shape, row, numSlots: 2, keys, values });
  for (const [x, words] of [[keys, stored.k], [values, stored.v]] as const) {
    const numbers = readCacheQ8(words, shape);
    for (const slot of [0, 1]) {
      for (const { element, length } of runsOf(shape, slot)) {
        const run = x.subarray(element, element + length);
        const half = Math.max(...run.map(Math.abs)) / 254;
        run.forEach((value, i) => {
          const difference = Math.abs((numbers[element + i] ?? NaN) - value);
          assert(difference <= half * 1.0001, `${value} is ${difference} off`);
        });
      }
    }
  }
});

Deno.test("kvStore() stores words computed by hand", async () => {
  const shape = { NUM_KV_HEADS: 1, HEAD_DIM: 36 };
  const row = [{ token: 0, position: 0 }];
  const keys = new Float32Array(36);
  // Of the first run, in steps of a half; of the second, all alike.
  keys.set([63.5, -63.5, 0.5, -1.1, 0, 0.2, 31.4, -0.3]);
  keys.fill(-3.175, 32);
  // Zeros, and numbers too small for an inverse.
  const values = new Float32Array(36).fill(1e-40, 32);
  const { k, v } = await store({ ...shape, row, numSlots: 1, keys, values });
  const [scale, other] = new Float32Array(k.buffer);
  assertEquals(scale, 0.5);
  assert(Math.abs((other ?? NaN) - 0.025) < 1e-8);
  assertEquals([...new Int8Array(k.buffer, 8, 9)], [
    ...[127, -127, 1, -2],
    ...[0, 0, 63, -1, 0],
  ]);
  assertEquals([...new Int8Array(k.buffer, 8 + 32, 4)], Array(4).fill(-127));
  assertEquals([...new Int8Array(v.buffer, 8, 36)], Array(36).fill(0));
  const numbers = readCacheQ8(v, shape);
  assert(numbers.every((value) => value === 0));
});

testBothCuts(
  harness,
  "kvStore() stores a row bit for bit as it does alone",
  async () => {
    const [G, E, S] = [3, 40, 100];
    const random = new Random(3);
    const shape = { numHeads: 1, numKvHeads: G, headDim: E };
    const rowBytes = cacheSlotBytes("q8", shape);
    const [rows, keys, values, k, v] = [
      TABLE_BYTES,
      ...[64 * G * E * 4, 64 * G * E * 4],
      ...[S * rowBytes, S * rowBytes],
    ].map((bytes) => harness.empty(bytes)) as [
      GPUBuffer,
      GPUBuffer,
      GPUBuffer,
      GPUBuffer,
      GPUBuffer,
    ];
    const op = kvStore(harness.gpu, { rows, keys, values, k, v, shape });
    await assertRowInvariant(harness, {
      rows,
      row: scattered(random, 64, S)
        .map((row, t) => ({ ...row, slot: (7 * t + 3) % S })),
      inputs: [
        { buffer: keys, values: random.normals(64 * G * E) },
        { buffer: values, values: random.normals(64 * G * E) },
      ],
      outputs: [
        { buffer: k, rowBytes, isBySlot: true },
        { buffer: v, rowBytes, isBySlot: true },
      ],
    }, { op });
  },
);
