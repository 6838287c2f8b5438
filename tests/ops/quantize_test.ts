import { assertEquals, assertLess } from "@std/assert";
import {
  createPackedMatrix,
  embed,
  quantize,
  ROUNDED_FORMATS,
  type RoundedFormat,
  type SourceFormat,
} from "../../src/ops/mod.ts";
import { quantize as twin } from "../reference/quantize.ts";
import { assertClose } from "./_close.ts";
import { encodeSource } from "./_pack.ts";
import { openHarness } from "./_harness.ts";
import { Random } from "./_random.ts";
import { rowWords } from "../reference/lib/rows.ts";

const harness = await openHarness();

/** Rounds a matrix on the device, and reads its numbers as embedding does. */
async function roundTrip(
  values: ArrayLike<number>,
  shape: {
    readonly format: RoundedFormat;
    readonly from: SourceFormat;
    readonly M: number;
    readonly K: number;
  },
): Promise<{ readonly actual: Float32Array; readonly overflow: number }> {
  const { gpu } = harness;
  const { format, from, M, K } = shape;
  const out = createPackedMatrix(gpu, "w", {
    numRows: M,
    numCols: K,
    elem: "f32",
    sections: [{ numRows: M, format }],
  });
  const overflow = harness.empty(16);
  const launches = quantize(gpu, {
    params: harness.uniform(Uint32Array.of(0, M)),
    source: harness.upload(encodeSource(from, values)),
    format: from,
    rounded: format,
    rowMap: harness.upload(Uint32Array.from({ length: M }, (_, m) => m)),
    out,
    overflow,
  });
  const row = Array.from({ length: M }, (_, token) => ({ token, position: 0 }));
  const rows = harness.upload(rowWords({ row, firstLogitRow: 0 }));
  const read = harness.empty(M * K * 4);
  await harness.run(() => [
    ...launches(M),
    ...embed(gpu, { rows, w: out, out: read })(M),
  ]);
  const [count = NaN] = await harness.read(overflow, new Uint32Array(1));
  const actual = await harness.read(read, new Float32Array(M * K));
  return { actual, overflow: count };
}

/**
 * Largest error of a block, in shares of its largest number: half a step, or a whole one where halves are cut, and the
 * rounding of its scale to f16.
 */
const WORST = {
  Q8_0: 0.5 / 127 + 2 ** -11,
  Q4_0: 1 / 8 + 2 ** -11,
  Q4_1: 0.5 * 2 / 15 + 2 ** -10,
};

for (const format of ROUNDED_FORMATS) {
  Deno.test(`quantize() rounds as its twin does to ${format}`, async () => {
    const random = new Random(1);
    for (const from of ["F32", "F16", "BF16"] as const) {
      const [M, K] = [37, 96];
      // What all three source formats hold.
      const values = Array.from(
        { length: M * K },
        () => (random.below(511) - 255) / 64,
      );
      // A block of zeros, and one of equal numbers.
      values.fill(0, 0, 32);
      values.fill(1.5, 32, 64);
      const { actual, overflow } = await roundTrip(values, {
        format,
        from,
        M,
        K,
      });
      assertEquals(overflow, 0);
      const expected = twin(values, format);
      // A number may lie on the border of two steps, which a device's division may cross.
      let numOther = 0;
      for (const [index, value] of expected.entries()) {
        const distance = Math.abs(value - (actual[index] ?? NaN));
        if (distance > 1e-5) numOther++;
        const first = Math.floor(index / 32) * 32;
        const block = values.slice(first, first + 32).map(Math.abs);
        const error = Math.abs((values[index] ?? NaN) - (actual[index] ?? NaN));
        assertLess(
          error,
          WORST[format] * Math.max(...block) * 1.01 + 1e-6,
          `${format} from ${from}: ${index}`,
        );
      }
      assertLess(numOther, 0.01 * M * K);
      assertClose(actual.subarray(0, 32), new Float32Array(32), { label: "0" });
    }
  });
}

Deno.test("quantize() counts numbers that no block can hold", async () => {
  const values = new Array<number>(32).fill(1);
  values.splice(3, 3, NaN, Infinity, 70000);
  const shape = { format: "Q8_0", from: "F32", M: 1, K: 32 } as const;
  assertEquals((await roundTrip(values, shape)).overflow, 3);
});
