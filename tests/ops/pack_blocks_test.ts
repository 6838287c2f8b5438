import { assertEquals, assertThrows } from "@std/assert";
import {
  BLOCK_FORMATS,
  blockCols,
  createPackedMatrix,
  embed,
  type WeightBlocks,
} from "../../src/ops/mod.ts";
import { packBlocks as twin } from "../reference/pack_blocks.ts";
import { assertClose } from "./_close.ts";
import { openHarness } from "./_harness.ts";
import { type BlockMatrix, randomBlocks, uploadBlocks } from "./_blocks.ts";
import { Random } from "./_random.ts";
import { rowWords } from "../reference/lib/rows.ts";

const harness = await openHarness();

/** Reads every row as embedding does. */
async function readRows({ matrix }: BlockMatrix): Promise<Float32Array> {
  const { numRows: M, numCols: K } = matrix;
  const row = Array.from({ length: M }, (_, token) => ({ token, position: 0 }));
  const rows = harness.upload(rowWords({ row, firstLogitRow: 0 }));
  const out = harness.empty(M * K * 4);
  await harness.run(() => embed(harness.gpu, { rows, w: matrix, out })(M));
  return await harness.read(out, new Float32Array(M * K));
}

for (const format of BLOCK_FORMATS) {
  Deno.test(`packBlocks() equals its twin, and keeps every number, in ${format}`, async () => {
    const random = new Random(1);
    const cols = blockCols(format);
    for (
      const [M, K, rowsAtOnce] of [
        [1, cols, 1],
        [33, 2 * cols, 7],
        [70, 3 * cols, 70],
      ] as const
    ) {
      const shape = { format, M, K, rowsAtOnce };
      const source = randomBlocks(random, shape);
      const packed = await uploadBlocks(harness, source, shape);
      const [slice] = packed.matrix.slices;
      const size = slice?.buffer.size ?? 0;
      const expected = new Uint32Array(size / 4);
      const rowMap = Array.from({ length: M }, (_, m) => m);
      twin({ source, rowMap, out: expected }, shape);
      const actual = new Uint32Array(size / 4);
      if (slice !== undefined) await harness.read(slice.buffer, actual);
      assertEquals(actual, expected, `${format} [${M}, ${K}]`);
      assertClose(await readRows(packed), packed.values, {
        // Of at most four roundings, of products that a minimum may cancel.
        absolute: 4 * 2 ** -24 * 200,
        relative: 4 * 2 ** -24,
        label: `${format} [${M}, ${K}]`,
      });
    }
  });

  Deno.test(`packBlocks() puts rows where the row map says, also in slices, in ${format}`, async () => {
    const random = new Random(2);
    const K = blockCols(format);
    const rowMap = [39, 0, 33, 31, 32, 7, 64];
    const shape = { format, M: 70, K, sliceRows: 32, rowMap, rowsAtOnce: 3 };
    const source = randomBlocks(random, { format, M: rowMap.length, K });
    const packed = await uploadBlocks(harness, source, shape);
    const actual = await readRows(packed);
    const rows = [...rowMap].sort((a, b) => a - b);
    for (let m = 0; m < 70; m++) {
      if (!rows.includes(m)) continue;
      const [from, to] = [m * K, (m + 1) * K];
      assertClose(actual.subarray(from, to), packed.values.subarray(from, to), {
        absolute: 4 * 2 ** -24 * 200,
        relative: 4 * 2 ** -24,
        label: `row ${m}`,
      });
    }
  });
}

/** Blocks by hand: bytes, and the values of some columns. */
const BY_HAND: Readonly<
  Record<WeightBlocks, [bytes: number[], values: Record<number, number>]>
> = {
  // d = 0.5; q = 1, 15, 8 and, from the high nibbles, 2 and 0.
  Q4_0: [[0x00, 0x38, 0x21, 0x0f, 0x88], {
    0: -3.5,
    1: 3.5,
    2: 0,
    16: -3,
    17: -4,
  }],
  // d = 0.5, m = -1.
  Q4_1: [[0x00, 0x38, 0x00, 0xbc, 0x21, 0x0f], {
    0: -0.5,
    1: 6.5,
    16: 0,
    17: -1,
  }],
  // d = 2; fifth bits of columns 0 and 17.
  Q5_0: [[0x00, 0x40, 0x01, 0x00, 0x02, 0x00, 0x21, 0x3f], {
    0: 2,
    1: -2,
    16: -28,
    17: 6,
  }],
  // d = 2, m = 1.
  Q5_1: [[0x00, 0x40, 0x00, 0x3c, 0x01, 0x00, 0x02, 0x00, 0x21, 0x3f], {
    0: 35,
    1: 31,
    16: 5,
    17: 39,
  }],
  // d = 0.25; 127, -128, -1.
  Q8_0: [[0x00, 0x34, 0x7f, 0x80, 0xff], { 0: 31.75, 1: -32, 2: -0.25 }],
  // d = 0.5, dmin = 0.25; scale 3 and minimum 4 of the first run; 5 and 6 of the second; of the fifth, 0x21 and 0x13 with the
  // top bits of bytes 0 and 4.
  Q4_K: [
    [0x00, 0x38, 0x00, 0x34, 0x83, 5, 0, 0, 0x44, 6, 0, 0, 0x31, 0, 0, 0, 0x72],
    { 0: 2, 32: 16, 128: -4.75 },
  ],
  Q5_K: [
    [
      ...[0x00, 0x38, 0x00, 0x34, 0x83, 5, 0, 0, 0x44, 6, 0, 0, 0x31, 0, 0, 0],
      ...[0x01, ...Array<number>(31).fill(0)],
      0x72,
    ],
    { 0: 26, 32: 16, 128: -4.75 },
  ],
  // d = 0.5; scales -2 of columns 0 to 15 and 3 of columns 64 to 79; high bits 2 and 1.
  Q6_K: [
    [
      ...[0x71, ...Array<number>(127).fill(0)],
      ...[0x12, ...Array<number>(63).fill(0)],
      ...[0xfe, 0, 0, 0, 3, ...Array<number>(11).fill(0)],
      ...[0x00, 0x38],
    ],
    { 0: -1, 1: 32, 64: -13.5, 65: -48 },
  ],
};

Deno.test("packBlocks() keeps blocks by hand", async () => {
  for (const format of BLOCK_FORMATS) {
    const [bytes, values] = BY_HAND[format];
    const K = blockCols(format);
    const source = randomBlocks(new Random(1), { format, M: 1, K }).fill(0);
    source.set(bytes);
    const packed = await uploadBlocks(harness, source, { format, M: 1, K });
    const actual = await readRows(packed);
    for (const [k, value] of Object.entries(values)) {
      assertEquals(actual[Number(k)], value, `${format}, column ${k}`);
    }
  }
});

Deno.test("createPackedMatrix() refuses what is not in whole blocks, and sections within 32 rows", () => {
  const shape = { numRows: 40, numCols: 64, elem: "f32" } as const;
  const message = (cols: number, format: string, rows: number) =>
    `Cannot allocate "odd" as its columns must be a multiple of ${cols} in ${format}, and the rows before of 32: 64, ${rows}`;
  for (
    const [sections, expected] of [
      [[{ numRows: 40, format: "Q6_K" }], message(256, "Q6_K", 0)],
      [
        [{ numRows: 20, format: "f32" }, { numRows: 20, format: "Q8_0" }],
        message(32, "Q8_0", 20),
      ],
    ] as const
  ) {
    assertThrows(
      () => createPackedMatrix(harness.gpu, "odd", { ...shape, sections }),
      RangeError,
      expected,
    );
  }
});
