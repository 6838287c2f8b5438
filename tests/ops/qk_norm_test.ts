import { assertClose, F16_ROUNDING } from "./_close.ts";
import { assertKvPlaces } from "./_kv_places.ts";
import { assertRowInvariant, TABLE_BYTES } from "./_row_invariance.ts";
import { type ElemArray, elemArray, Random, widen } from "./_random.ts";
import { openHarness, testBothCuts } from "./_harness.ts";
import { qkNorm, ropeRowMap } from "../../src/ops/mod.ts";
import { rowWords } from "../reference/lib/rows.ts";
import { scattered } from "./_rows.ts";
import { qkNorm as twin } from "../reference/qk_norm.ts";

const harness = await openHarness();

/** `[S, E/2]` random pairs (cos, sin). */
function rotations(
  random: Random,
  S: number,
  E: number,
): Float32Array<ArrayBuffer> {
  const values = new Float32Array(S * E);
  for (let i = 0; i < values.length; i += 2) {
    const angle = random.next() * 6;
    values.set([Math.cos(angle), Math.sin(angle)], i);
  }
  return values;
}

/** A head's numbers in the order of the heads. */
function inPairs(
  values: Float32Array<ArrayBuffer>,
): Float32Array<ArrayBuffer> {
  const paired = new Float32Array(values.length);
  ropeRowMap(values.length, values.length, 0).forEach((to, e) =>
    paired[to] = values[e] ?? NaN
  );
  return paired;
}

for (const elem of harness.elems) {
  testBothCuts(
    harness,
    `qkNorm() equals its twin over a table of shapes in ${elem}`,
    async () => {
      const random = new Random(1);
      for (
        const [T, H, G, E, EPS] of [
          [1, 1, 1, 4, 1e-6],
          [3, 8, 4, 8, 1e-5],
          [7, 3, 1, 20, 1e-6],
          [4, 4, 2, 128, 1e-6],
          [2, 2, 1, 256, 1e-6],
        ] as const
      ) {
        const S = 2 * T + 1;
        // A drafted row's slot is not its position.
        const slots = scattered(random, T, S);
        const row = scattered(random, T, S).map((row, t) => ({
          ...row,
          slot: slots[t]?.position ?? NaN,
        }));
        const rows = rowWords({ row, firstLogitRow: 0 });
        const rope = rotations(random, S, E);
        const qWeight = random.normals(E);
        const kWeight = random.normals(E);
        const q = random.uniform(elem, T * H * E, 4);
        const k = random.uniform(elem, S * G * E, 4);
        const buffers = { q: harness.upload(q), k: harness.upload(k) };
        const op = qkNorm(harness.gpu, {
          ...buffers,
          rows: harness.upload(rows),
          rope: harness.upload(rope),
          qWeight: harness.upload(inPairs(qWeight)),
          kWeight: harness.upload(inPairs(kWeight)),
          elem,
          shape: { numHeads: H, numKvHeads: G, headDim: E },
          eps: EPS,
        });
        await harness.run(() => op(T));
        const expected = { q: Float64Array.from(q), k: Float64Array.from(k) };
        twin({ rows, rope, qWeight, kWeight, ...expected }, {
          EPS,
          NUM_HEADS: H,
          NUM_KV_HEADS: G,
          HEAD_DIM: E,
        });
        for (const name of ["q", "k"] as const) {
          const into = elemArray(elem, expected[name]).fill(NaN);
          const actual: ElemArray = await harness.read(buffers[name], into);
          assertClose(actual, expected[name], {
            // Normed numbers are below sqrt(E) times a weight below 4; a sum of E squares of one sign passes at most
            // E/4 + 32 roundings.
            absolute: 4 * Math.sqrt(E) * (E / 4 + 40) * 2 ** -24 +
              (elem === "f16" ? 2 ** -24 : 0),
            relative: elem === "f16" ? F16_ROUNDING : 0,
            label: `${name}: ${T} rows, H ${H}, G ${G}, E ${E}`,
          });
        }
      }
    },
  );

  testBothCuts(
    harness,
    `qkNorm() computes a row bit for bit as it does alone in ${elem}`,
    async () => {
      const [H, G, E, S] = [3, 1, 20, 64];
      const random = new Random(2);
      const bytes = E * (elem === "f16" ? 2 : 4);
      const rows = harness.empty(TABLE_BYTES);
      const q = harness.empty(64 * H * bytes);
      const k = harness.empty(S * G * bytes);
      const op = qkNorm(harness.gpu, {
        rows,
        q,
        k,
        rope: harness.upload(rotations(random, S, E)),
        qWeight: harness.upload(random.normals(E)),
        kWeight: harness.upload(random.normals(E)),
        elem,
        shape: { numHeads: H, numKvHeads: G, headDim: E },
        eps: 1e-6,
      });
      await assertRowInvariant(harness, {
        rows,
        row: scattered(random, 64, S),
        inputs: [{ buffer: q, values: random.uniform(elem, 64 * H * E, 4) }],
        outputs: [{ buffer: q, rowBytes: H * bytes }],
      }, { op });
    },
  );
}

for (const elem of harness.elems) {
  Deno.test(`qkNorm() in ${elem} changes keys of any type, at slots or at the rows' places`, async () => {
    const [H, G, E, S] = [3, 2, 12, 9];
    const random = new Random(3);
    const slots = [8, 2, 5, 0];
    const row = slots.map((slot, position) => ({ token: 0, position, slot }));
    const args = {
      rows: harness.upload(rowWords({ row, firstLogitRow: 0 })),
      rope: harness.upload(rotations(random, S, E)),
      qWeight: harness.upload(random.normals(E)),
      kWeight: harness.upload(random.normals(E)),
      q: harness.empty(slots.length * H * E * 4),
      elem,
      shape: { numHeads: H, numKvHeads: G, headDim: E },
      eps: 1e-6,
    };
    const before = random.uniform("f16", slots.length * G * E, 4);
    await assertKvPlaces(harness, {
      elem,
      slots,
      numSlots: S,
      slotSize: G * E,
      before: widen(before),
      bind: (to) => qkNorm(harness.gpu, { ...args, ...to }),
    });
  });
}
