import { assertEquals, assertThrows } from "@std/assert";
import {
  type AttentionShape,
  matmulQkv,
  type PackedMatrix,
  ropeRowMap,
} from "../../src/ops/mod.ts";
import { at } from "../reference/lib/at.ts";
import { matmulQkv as twin } from "../reference/matmul_qkv.ts";
import { rowWords } from "../reference/lib/rows.ts";
import { assertClose, F16_ROUNDING, productTolerance } from "./_close.ts";
import { openHarness, testBothCuts } from "./_harness.ts";
import { assertKvPlaces } from "./_kv_places.ts";
import { assertNormsInput } from "./_normed_input.ts";
import { packMatrix } from "./_packed.ts";
import { elemArray, Random, widen } from "./_random.ts";
import {
  assertRowInvariant,
  TABLE_BYTES,
  VARIANTS,
} from "./_row_invariance.ts";
import { scattered } from "./_rows.ts";
import type { Elem } from "../../src/gpu/shader.ts";

const harness = await openHarness();

/** `[S, E/2]` pairs (cos, sin) of position times 10000^(-2e/E). */
function ropePairs(S: number, E: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: S * E }, (_, i) => {
    const angle = Math.floor(i / E) *
      10000 ** (-2 * Math.floor(i % E / 2) / E);
    return i % 2 === 0 ? Math.cos(angle) : Math.sin(angle);
  });
}

interface Shape {
  readonly elem: Elem;
  readonly K: number;
  readonly H: number;
  readonly G: number;
  readonly E: number;
  readonly S: number;
  readonly sliceRows?: number | undefined;
}

interface Operands {
  readonly cpu: Readonly<Record<"w" | "bias" | "rope", Float32Array>>;
  readonly gpu: {
    readonly w: PackedMatrix;
    readonly bias: GPUBuffer;
    readonly rope: GPUBuffer;
    readonly shape: AttentionShape;
  };
}

/** Operands on the CPU in the checkpoint's order, and on the device in the kernel's. */
function operands(random: Random, shape: Shape): Operands {
  const { elem, K, H, G, E, S, sliceRows } = shape;
  const M = (H + 2 * G) * E;
  const rowMap = [
    ...ropeRowMap(H * E, E, 0),
    ...ropeRowMap(G * E, E, H * E),
    ...Array.from({ length: G * E }, (_, row) => (H + G) * E + row),
  ];
  const w = random.uniform(elem, M * K, 1 / Math.sqrt(K));
  const bias = random.normals(M);
  const packedBias = new Float32Array(M);
  rowMap.forEach((m, row) => packedBias[m] = at(bias, row));
  const rope = ropePairs(S, E);
  return {
    cpu: { w: widen(w), bias, rope },
    gpu: {
      w: packMatrix(harness, w, { elem, M, K, rowMap, sliceRows }),
      bias: harness.upload(packedBias),
      rope: harness.upload(rope),
      shape: { numHeads: H, numKvHeads: G, headDim: E },
    },
  };
}

for (const elem of harness.elems) {
  Deno.test(`matmulQkv() equals its twin over a table of shapes in ${elem}`, async () => {
    const random = new Random(1);
    for (
      const [T, K, H, G, E, sliceRows, hasBias, isRotated] of [
        [1, 4, 1, 1, 4, undefined, false, true],
        [3, 64, 8, 4, 8, undefined, true, false],
        [2, 68, 3, 1, 12, 32, true, true],
        [9, 100, 2, 2, 80, 192, false, true],
        [3, 576, 9, 3, 64, 480, true, true],
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
      const x = random.uniform(elem, T * K);
      const { cpu, gpu } = operands(random, {
        elem,
        K,
        H,
        G,
        E,
        S,
        sliceRows,
      });
      const [q, k, v] = [T * H, S * G, S * G].map((n) =>
        harness.empty(n * E * 4)
      ) as [GPUBuffer, GPUBuffer, GPUBuffer];
      const op = matmulQkv(harness.gpu, {
        rows: harness.upload(rows),
        x: harness.upload(x),
        ...gpu,
        bias: hasBias ? gpu.bias : null,
        q,
        k,
        v,
        isRotated,
      });
      await harness.run(() => op(T));
      const expected = {
        q: new Float64Array(T * H * E),
        k: new Float64Array(S * G * E),
        v: new Float64Array(S * G * E),
      };
      const bias = hasBias ? cpu.bias : null;
      twin({ rows, x: widen(x), ...cpu, bias, ...expected }, {
        K,
        Q_SIZE: H * E,
        KV_SIZE: G * E,
        HEAD_DIM: E,
        IS_ROTATED: isRotated ? 1 : 0,
      });
      for (const [name, buffer] of Object.entries({ q, k, v })) {
        const values = expected[name as "q" | "k" | "v"];
        const actual = elemArray(elem, values).fill(NaN);
        assertClose(await harness.read(buffer, actual), values, {
          // A turned element is a combination of two sums, of length 1; bias and rotation, of numbers below
          // 6, round four times more.
          absolute: Math.SQRT2 * productTolerance(K) + 4 * 6 * 2 ** -24 +
            (elem === "f16" ? 2 ** -24 : 0),
          relative: elem === "f16" ? F16_ROUNDING : 0,
          label: `${name}: ${T} rows, K ${K}, H ${H}, G ${G}, E ${E}`,
        });
      }
    }
  });

  testBothCuts(
    harness,
    `matmulQkv() normalises its input as rmsNorm() does in ${elem}`,
    async () => {
      const random = new Random(4);
      for (const [K, T] of [[68, 3], [256, 1], [256, 21]] as const) {
        const [H, G, E, S] = [3, 1, 8, 32];
        const { gpu } = operands(random, { elem, K, H, G, E, S });
        const [q, k, v] = [H, G, G].map((n) =>
          harness.empty(32 * n * E * 4)
        ) as [
          GPUBuffer,
          GPUBuffer,
          GPUBuffer,
        ];
        await assertNormsInput(harness, random, {
          elem,
          K,
          T,
          bind: (args) => matmulQkv(harness.gpu, { ...gpu, ...args, q, k, v }),
          outputs: [q, k, v].map((buffer) =>
            [buffer, new Uint32Array(buffer.size / 4)] as const
          ),
        });
      }
    },
  );

  Deno.test(`matmulQkv() computes a row bit for bit as it does alone, however it is cut, in ${elem}`, async () => {
    // 34 chunks of K, the last one short: two rounds of the variant with the most groups.
    const [K, H, G, E, S] = [2116, 2, 1, 8, 100];
    const random = new Random(2);
    const bytes = E * (elem === "f16" ? 2 : 4);
    const rows = harness.empty(TABLE_BYTES);
    const x = harness.empty(64 * K * 4);
    const q = harness.empty(64 * H * bytes);
    const k = harness.empty(S * G * bytes);
    const v = harness.empty(S * G * bytes);
    const { gpu } = operands(random, { elem, K, H, G, E, S });
    const args = { rows, x, ...gpu, q, k, v };
    const launches = VARIANTS.map((variant) => [
      JSON.stringify(variant),
      matmulQkv(harness.gpu, { ...args, variant }),
    ]);
    await assertRowInvariant(harness, {
      rows,
      row: scattered(random, 64, S)
        .map((row, t) => ({ ...row, slot: (7 * t + 3) % S })),
      inputs: [{ buffer: x, values: random.uniform(elem, 64 * K) }],
      outputs: [
        { buffer: q, rowBytes: H * bytes },
        { buffer: k, rowBytes: G * bytes, isBySlot: true },
        { buffer: v, rowBytes: G * bytes, isBySlot: true },
      ],
    }, {
      ...Object.fromEntries(launches),
      "chosen by the op": matmulQkv(harness.gpu, args),
    });
  });
}

for (const elem of harness.elems) {
  Deno.test(`matmulQkv() in ${elem} writes keys and values in any type, at slots or at the rows' places`, async () => {
    const [T, K, H, G, E, S] = [5, 36, 2, 3, 8, 11];
    const random = new Random(5);
    const { gpu } = operands(random, { elem, K, H, G, E, S });
    const slots = [3, 9, 0, 10, 4];
    const row = slots.map((slot, position) => ({ token: 0, position, slot }));
    const args = {
      rows: harness.upload(rowWords({ row, firstLogitRow: 0 })),
      x: harness.upload(random.uniform(elem, T * K)),
      ...gpu,
      q: harness.empty(T * H * E * 4),
    };
    const other = harness.empty(S * G * E * 4);
    const pass = { elem, slots, numSlots: S, slotSize: G * E };
    await assertKvPlaces(harness, {
      ...pass,
      bind: (to) => matmulQkv(harness.gpu, { ...args, ...to, v: other }),
    });
    await assertKvPlaces(harness, {
      ...pass,
      bind: ({ k: v, ...how }) =>
        matmulQkv(harness.gpu, { ...args, ...how, v, k: other }),
    });
  });
}

Deno.test("matmulQkv() rejects a matrix with other rows than the sizes say", () => {
  const { gpu } = operands(new Random(3), {
    elem: "f32",
    K: 4,
    H: 2,
    G: 1,
    E: 4,
    S: 1,
  });
  const some = harness.empty(64);
  const error = assertThrows(
    () =>
      matmulQkv(harness.gpu, {
        rows: some,
        x: some,
        ...gpu,
        shape: { numHeads: 2, numKvHeads: 2, headDim: 4 },
        q: some,
        k: some,
        v: some,
      }),
    RangeError,
  );
  assertEquals(
    error.message,
    'Cannot bind "w" as its rows must be (H+2G)*E = 24: found 16',
  );
});

Deno.test("ropeRowMap() puts element e of a head at 2e and element e + E/2 at 2e + 1", () => {
  assertEquals(
    ropeRowMap(12, 6, 100),
    Uint32Array.of(
      ...[100, 102, 104, 101, 103, 105],
      ...[106, 108, 110, 107, 109, 111],
    ),
  );
});
