import { assertEquals, assertThrows } from "@std/assert";
import { attention } from "../../src/ops/mod.ts";
import { attention as twin } from "../reference/attention.ts";
import { rowWords } from "../reference/lib/rows.ts";
import { assertClose, F16_ROUNDING } from "./_close.ts";
import { openHarness } from "./_harness.ts";
import { elemArray, Random, widen } from "./_random.ts";
import { assertRowInvariant, TABLE_BYTES } from "./_row_invariance.ts";
import type { Elem } from "../../src/gpu/shader.ts";

const harness = await openHarness();

// Numbers of keys beside the borders of the kernel's blocks of 64.
const CONTEXTS = [1, 2, 63, 64, 65, 130, 300];

/**
 * Bounds how far the output may be off where |q| <= scale, |k| <= 1 and |v| <= 1.
 *
 * A score, E products whose sizes sum to at most scale * sqrt(E), passes E/2 + 4 roundings; exp of it is off by
 * as much, and by 3 + 2 |x| units more, x being a difference of two scores (WGSL, 15.7.4); a sum over keys passes
 * 64 roundings in a block and one for each block. What weights and their sum are off by adds up.
 */
function tolerance(E: number, scale: number): number {
  const largest = scale * Math.sqrt(E);
  const units = (E / 2 + 4) * largest + 3 + 4 * largest + 64 + 5;
  return 2 * units * 2 ** -24;
}

async function assertEqualsTwin(
  random: Random,
  shape: {
    readonly elem: Elem;
    readonly H: number;
    readonly G: number;
    readonly E: number;
    readonly scale?: number;
  },
): Promise<void> {
  const { elem, H, G, E, scale = 1 } = shape;
  const T = CONTEXTS.length;
  const S = Math.max(...CONTEXTS);
  const rows = rowWords({
    row: CONTEXTS.map((n) => ({ token: 0, position: n - 1 })),
    firstLogitRow: 0,
  });
  const q = random.uniform(elem, T * H * E, scale);
  const k = random.uniform(elem, S * G * E);
  const v = random.uniform(elem, S * G * E);
  const out = harness.empty(T * H * E * 4);
  const op = attention(harness.gpu, {
    rows: harness.upload(rows),
    q: harness.upload(q),
    k: harness.upload(k),
    v: harness.upload(v),
    out,
    elem,
    shape: { numHeads: H, numKvHeads: G, headDim: E },
  });
  await harness.run(() => op(T));
  const expected = new Float64Array(T * H * E);
  twin({ rows, q: widen(q), k: widen(k), v: widen(v), out: expected }, {
    NUM_HEADS: H,
    NUM_KV_HEADS: G,
    HEAD_DIM: E,
  });
  const actual = elemArray(elem, expected).fill(NaN);
  assertClose(await harness.read(out, actual), expected, {
    absolute: tolerance(E, scale) + (elem === "f16" ? 2 ** -24 : 0),
    relative: elem === "f16" ? F16_ROUNDING : 0,
    label: `H ${H}, G ${G}, E ${E}, q of ${scale}`,
  });
}

for (const elem of harness.elems) {
  Deno.test(`attention() equals its twin for every head size and ratio of heads in ${elem}`, async () => {
    const random = new Random(1);
    for (
      const [H, G, E] of [
        [1, 1, 4],
        [8, 4, 8],
        [3, 3, 12],
        [9, 3, 64],
        [4, 1, 80],
        [2, 2, 96],
        [6, 2, 128],
        [2, 1, 256],
      ] as const
    ) await assertEqualsTwin(random, { elem, H, G, E });
  });

  Deno.test(`attention() equals its twin where single keys take all the weight in ${elem}`, async () => {
    await assertEqualsTwin(new Random(2), {
      elem,
      H: 4,
      G: 2,
      E: 64,
      scale: 20,
    });
  });

  Deno.test(`attention() computes a row bit for bit as it does alone in ${elem}`, async () => {
    for (const E of [8, 64, 80]) {
      const [H, G, S] = [4, 2, 200];
      const random = new Random(3);
      const rows = harness.empty(TABLE_BYTES);
      const q = harness.empty(64 * H * E * 4);
      const out = harness.empty(64 * H * E * 4);
      const op = attention(harness.gpu, {
        rows,
        q,
        k: harness.upload(random.uniform(elem, S * G * E)),
        v: harness.upload(random.uniform(elem, S * G * E)),
        out,
        elem,
        shape: { numHeads: H, numKvHeads: G, headDim: E },
      });
      await assertRowInvariant(harness, {
        rows,
        row: Array.from({ length: 64 }, () => ({
          token: 0,
          position: random.below(S),
        })),
        inputs: [{ buffer: q, values: random.uniform(elem, 64 * H * E, 3) }],
        outputs: [{
          buffer: out,
          rowBytes: H * E * (elem === "f16" ? 2 : 4),
        }],
      }, { op });
    }
  });
}

Deno.test("attention() never reads a key after the row's position", async () => {
  const [E, S] = [8, 70];
  const random = new Random(4);
  for (const n of [1, 64, 65]) {
    const k = Float32Array.from(random.uniform("f32", S * E));
    const v = Float32Array.from(random.uniform("f32", S * E));
    k.fill(NaN, n * E);
    v.fill(NaN, n * E);
    const out = harness.empty(E * 4);
    const op = attention(harness.gpu, {
      rows: harness.upload(
        rowWords({ row: [{ token: 0, position: n - 1 }], firstLogitRow: 0 }),
      ),
      q: harness.upload(random.uniform("f32", E)),
      k: harness.upload(k),
      v: harness.upload(v),
      out,
      elem: "f32",
      shape: { numHeads: 1, numKvHeads: 1, headDim: E },
    });
    await harness.run(() => op(1));
    const actual = await harness.read(out, new Float32Array(E));
    assertEquals(actual.some(Number.isNaN), false, `${n} keys`);
  }
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
    });
  for (const headDim of [6, 260]) {
    const error = assertThrows(build(headDim), RangeError);
    assertEquals(
      error.message,
      `Cannot attend as the head size E must be a multiple of 4 of at most 256: ${headDim}`,
    );
  }
});
