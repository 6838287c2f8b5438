import { assert } from "@std/assert";
import { assertClose, F16_ROUNDING } from "./_close.ts";
import { attentionMerge, partialBytes } from "../../src/ops/mod.ts";
import { attentionMerge as twin } from "../reference/attention_merge.ts";
import { elemArray, Random } from "./_random.ts";
import { openHarness } from "./_harness.ts";
import { rowWords } from "../reference/lib/rows.ts";

const harness = await openHarness();
const SPLIT_KEYS = 64;

for (const elem of harness.elems) {
  Deno.test(`attentionMerge() equals its twin for every number of splits, in ${elem}`, async () => {
    const random = new Random(1);
    for (
      const { H, E, window, range } of [
        { H: 1, E: 4, window: null, range: 1 },
        { H: 9, E: 64, window: null, range: 10 },
        // Most of the weight in a single split.
        { H: 3, E: 80, window: null, range: 200 },
        { H: 4, E: 12, window: 500, range: 5 },
        { H: 2, E: 256, window: 1, range: 5 },
      ]
    ) {
      const contextLength = 2000;
      const shape = { numHeads: H, numKvHeads: 1, headDim: E };
      const sizes = { contextLength, window, splitKeys: SPLIT_KEYS };
      const row = [0, 63, 64, 511, 512, 575, 576, 1999].map((position) => ({
        token: 0,
        position,
      }));
      const words = rowWords({ row, firstLogitRow: 0 });
      const numSplits = row.length * partialBytes(shape, sizes) /
        ((E + 4) * 4);
      const sums = Array.from({ length: numSplits }, () => {
        const sum = 1 + 63 * random.next();
        const values = random.uniform("f32", E, sum);
        return [...values, range * random.next(), sum, NaN, NaN];
      });
      const partials = Float32Array.from(sums.flat());
      const out = harness.empty(row.length * H * E * 4);
      const op = attentionMerge(harness.gpu, {
        rows: harness.upload(words),
        partials: harness.upload(partials),
        out,
        elem,
        shape,
        ...sizes,
      });
      await harness.run(() => op(row.length));
      const expected = new Float64Array(row.length * H * E);
      const actual = elemArray(elem, new Float32Array(expected.length));
      await harness.read(out, actual);
      twin({ rows: words, partials, out: expected }, {
        NUM_HEADS: H,
        HEAD_DIM: E,
        SPLIT_KEYS,
        MAX_SPLITS: numSplits / (row.length * H),
        WINDOW: window ?? Infinity,
      });
      // A weight is the product of as many exponentials as there are splits, 32, each off by 3 + 2 |x| units (WGSL,
      // 15.7.4), where the |x| sum to at most twice the range; a sum passes two roundings for each split.
      const units = 32 * 3 + 4 * range + 2 * 32;
      assertClose(actual, expected, {
        absolute: 2 * units * 2 ** -24,
        relative: elem === "f16" ? F16_ROUNDING : 0,
        label: `H ${H}, E ${E}, window ${window}`,
      });
    }
  });
}

Deno.test("attentionMerge() writes nothing where there are no rows", async () => {
  const out = harness.upload(new Float32Array(64).fill(7));
  const shape = { numHeads: 2, numKvHeads: 1, headDim: 4 };
  const op = attentionMerge(harness.gpu, {
    rows: harness.upload(rowWords({ row: [], firstLogitRow: 0 })),
    partials: harness.empty(4096),
    out,
    elem: "f32",
    shape,
    contextLength: 100,
  });
  await harness.run(() => op(8));
  const values = await harness.read(out, new Float32Array(64));
  assert(values.every((value) => value === 7));
});
