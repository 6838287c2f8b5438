import { assertEquals, assertThrows } from "@std/assert";
import { matmulExperts, matmulHidden } from "../../src/ops/mod.ts";
import { matmulHidden as twin } from "../reference/matmul_hidden.ts";
import { at } from "../reference/lib/at.ts";
import { dot } from "../reference/lib/dot.ts";
import { rowWords } from "../reference/lib/rows.ts";
import { assertClose, F16_ROUNDING, productTolerance } from "./_close.ts";
import {
  gateStride,
  randomExperts,
  routedBy,
  type RoutingCase,
  routingConstants,
} from "./_experts.ts";
import { openHarness, testBothCuts } from "./_harness.ts";
import { packMatrix } from "./_packed.ts";
import { elemArray, Random, widen } from "./_random.ts";
import {
  assertRowInvariant,
  TABLE_BYTES,
  VARIANTS,
} from "./_row_invariance.ts";
import { sequence } from "./_rows.ts";

const harness = await openHarness();

/**
 * Bounds how far a weight may be off, in units of 2^-24: 2 as a difference of gates below 16 is rounded, 2 as exp
 * may be, 5 as the division may be (WGSL, 15.7.4), 3 as three sums are.
 */
const WEIGHT_TOLERANCE = 12 * 2 ** -24;

const SHAPES = [
  // Rows, columns of an expert, experts, branches, outputs, rows of a slice.
  ["none", 1, 4, 1, 1, 4, undefined],
  ["none", 1, 68, 1, 1, 28, undefined],
  ["none", 5, 100, 1, 1, 36, 32],
  ["none", 9, 172, 1, 1, 64, undefined],
  ["none", 3, 1152, 1, 1, 576, 288],
  ["mixture", 1, 64, 2, 1, 4, undefined],
  ["mixture", 1, 64, 2, 2, 4, undefined],
  ["mixture", 3, 128, 2, 2, 40, 32],
  ["mixture", 10, 64, 2, 2, 64, undefined],
  ["mixture", 5, 64, 3, 2, 28, undefined],
  ["mixture", 7, 192, 5, 2, 36, 32],
  ["mixture", 4, 64, 7, 1, 64, undefined],
  ["mixture", 6, 64, 14, 2, 64, undefined],
  ["mixture", 2, 576, 2, 2, 576, 288],
  ["star", 1, 64, 2, 2, 4, undefined],
  ["star", 3, 64, 2, 1, 68, undefined],
  ["star", 9, 128, 2, 2, 64, 32],
  ["star", 2, 1536, 2, 2, 576, undefined],
] as const;

for (const elem of harness.elems) {
  testBothCuts(
    harness,
    `matmulHidden() equals its twin over a table of shapes in ${elem}`,
    async () => {
      const random = new Random(1);
      for (
        const [routing, T, F, numExperts, numBranches, M, sliceRows] of SHAPES
      ) {
        const test: RoutingCase = { routing, numExperts, numBranches };
        const K = numExperts * F;
        const R = T * numBranches;
        const rows = rowWords({ row: sequence(T), firstLogitRow: 0 });
        const x = random.uniform(elem, T * K);
        const w = random.uniform(elem, M * K, 1 / Math.sqrt(K));
        const gates = random.normals(T * gateStride(test), 2);
        const residual = random.normals(T * M);
        const out = harness.empty(R * M * 4);
        const op = matmulHidden(harness.gpu, {
          rows: harness.upload(rows),
          x: harness.upload(x),
          w: packMatrix(harness, w, { elem, M, K, sliceRows }),
          experts: routedBy(test, harness.upload(gates)),
          residual: harness.upload(residual),
          out,
        });
        await harness.run(() => op(T));
        const expected = new Float64Array(R * M);
        twin(
          { rows, x: widen(x), w: widen(w), gates, residual, out: expected },
          { K, M, ...routingConstants(test) },
        );
        const actual = elemArray(elem, expected).fill(NaN);
        assertClose(await harness.read(out, actual), expected, {
          // Adding the residual, below 6 here, rounds once more.
          absolute: productTolerance(K) + WEIGHT_TOLERANCE * Math.sqrt(K) +
            12 * 2 ** -24 + (elem === "f16" ? 2 ** -24 : 0),
          relative: elem === "f16" ? F16_ROUNDING : 0,
          label: `${routing}, ${T} rows of ${numBranches}, [${M}, ${K}]`,
        });
      }
    },
  );

  testBothCuts(
    harness,
    `matmulExperts() and matmulHidden() give both branches as the paper has them in ${elem}`,
    async () => {
      const [T, D, F] = [6, 32, 64];
      const random = new Random(2);
      const x = random.uniform(elem, T * D);
      const first = randomExperts(harness, random, {
        elem,
        K: D,
        F,
        numExperts: 2,
      });
      const down = random.uniform(elem, D * 2 * F, 1 / Math.sqrt(2 * F));
      const residual = random.normals(T * D);
      const rows = harness.upload(
        rowWords({ row: sequence(T), firstLogitRow: 0 }),
      );
      const act = harness.empty(T * 2 * F * 4);
      const gates = harness.empty(T * 4 * 4);
      const out = harness.empty(2 * T * D * 4);
      const ops = [
        matmulExperts(harness.gpu, {
          rows,
          x: harness.upload(x),
          w: first.packed,
          numExperts: 2,
          out: act,
          gates,
        }),
        matmulHidden(harness.gpu, {
          rows,
          x: act,
          w: packMatrix(harness, down, { elem, M: D, K: 2 * F }),
          experts: { routing: "mixture", numExperts: 2, gates, numBranches: 2 },
          residual: harness.upload(residual),
          out,
        }),
      ];
      await harness.run(() => ops.flatMap((op) => op(T)));
      const expected = new Float64Array(2 * T * D);
      for (let t = 0; t < T; t++) {
        const row = (m: number): number => dot([x, t], [first.w, m], D);
        const [g0, g1, g2, g3] = [0, 1, 2, 3].map((g) => row(4 * F + g)) as [
          number,
          number,
          number,
          number,
        ];
        const w0 = 1 / (1 + Math.exp(g1 - g0));
        const w2 = 1 / (1 + Math.exp(g3 - g2));
        for (let d = 0; d < D; d++) {
          const [e0, e1] = [0, 1].map((expert) => {
            let sum = 0;
            for (let f = 0; f < F; f++) {
              const gate = row(2 * expert * F + f);
              const up = row((2 * expert + 1) * F + f);
              sum += gate / (1 + Math.exp(-gate)) * up *
                at(down, (2 * d + expert) * F + f);
            }
            return sum;
          }) as [number, number];
          // The heavier expert less the lighter one.
          const contrast = w2 > 0.5
            ? w2 * e0 - (1 - w2) * e1
            : (1 - w2) * e1 - w2 * e0;
          const r = at(residual, t * D + d);
          expected[t * D + d] = r + w0 * e0 + (1 - w0) * e1;
          expected[(T + t) * D + d] = r + contrast;
        }
      }
      const actual = elemArray(elem, expected).fill(NaN);
      const relative = elem === "f16" ? F16_ROUNDING : 0;
      // Activations, below 3, are off as in the test of matmulExperts(); a weight by half of what a gate is.
      const activation = 7 * productTolerance(D) + 3 * relative;
      const weight = 4 * productTolerance(D) + WEIGHT_TOLERANCE;
      assertClose(await harness.read(out, actual), expected, {
        absolute: (activation + 3 * weight) * Math.sqrt(2 * F) +
          3 * productTolerance(2 * F),
        relative,
        label: "mixture, then contrastive",
      });
    },
  );

  for (
    const [routing, F, numExperts, numBranches] of [
      // 34 chunks of K or more, without experts the last one short: two rounds of the variant with the most groups.
      ["none", 2116, 1, 1],
      ["mixture", 1088, 2, 2],
      ["mixture", 576, 4, 1],
      ["star", 1088, 2, 2],
    ] as const
  ) {
    Deno.test(`matmulHidden() computes ${numBranches} of ${routing} bit for bit as of a row alone, however it is cut, in ${elem}`, async () => {
      const test: RoutingCase = { routing, numExperts, numBranches };
      const [K, M] = [numExperts * F, 40];
      const random = new Random(2);
      const rows = harness.empty(TABLE_BYTES);
      const x = harness.empty(64 * K * 4);
      const gates = harness.empty(64 * gateStride(test) * 4);
      const residual = harness.empty(64 * M * 4);
      const out = harness.empty(numBranches * 64 * M * 4);
      const w = packMatrix(
        harness,
        random.uniform(elem, M * K, 1 / Math.sqrt(K)),
        { elem, M, K },
      );
      const experts = routedBy(test, gates);
      const args = { rows, x, w, experts, residual, out };
      const launches = VARIANTS.map((variant) => [
        JSON.stringify(variant),
        matmulHidden(harness.gpu, { ...args, variant }),
      ]);
      await assertRowInvariant(harness, {
        rows,
        row: sequence(64),
        inputs: [
          { buffer: x, values: random.uniform(elem, 64 * K) },
          { buffer: gates, values: random.normals(64 * gateStride(test), 2) },
          { buffer: residual, values: random.normals(64 * M) },
        ],
        outputs: [{
          buffer: out,
          rowBytes: M * (elem === "f16" ? 2 : 4),
          numBranches,
        }],
      }, {
        ...Object.fromEntries(launches),
        "chosen by the op": matmulHidden(harness.gpu, args),
      });
    });
  }
}

/** Weights that a row of gate values gives each expert, in the first branch and in the second. */
async function weightsOf(
  routing: "mixture" | "star",
  gates: readonly number[],
): Promise<{ readonly first: number[]; readonly second: number[] }> {
  const numExperts = routing === "star" ? 2 : gates.length - 2;
  const test: RoutingCase = { routing, numExperts, numBranches: 2 };
  const [K, M] = [64 * numExperts, 4 * numExperts];
  // Each expert has four rows, of 1 for one of its columns.
  const w = new Float32Array(M * K);
  for (let m = 0; m < M; m++) w[m * K + 64 * Math.floor(m / 4) + m % 4] = 1;
  const padded = new Float32Array(gateStride(test));
  padded.set(gates);
  const out = harness.empty(2 * M * 4);
  const op = matmulHidden(harness.gpu, {
    rows: harness.upload(rowWords({ row: sequence(1), firstLogitRow: 0 })),
    x: harness.upload(new Float32Array(K).fill(1)),
    w: packMatrix(harness, w, { elem: "f32", M, K }),
    experts: routedBy(test, harness.upload(padded)),
    residual: harness.empty(M * 4),
    out,
  });
  await harness.run(() => op(1));
  const values = await harness.read(out, new Float32Array(2 * M).fill(NaN));
  const weights = Array.from(
    { length: 2 * numExperts },
    (_, expert) => {
      const columns = [...values.subarray(4 * expert, 4 * expert + 4)];
      const [weight = NaN] = columns;
      assertEquals(columns, [weight, weight, weight, weight]);
      return weight;
    },
  );
  return {
    first: weights.slice(0, numExperts),
    second: weights.slice(numExperts),
  };
}

Deno.test("matmulHidden() weighs equal gates equally, and subtracts the first expert from the second", async () => {
  assertEquals(await weightsOf("mixture", [3, 3, -2, -2]), {
    first: [0.5, 0.5],
    second: [-0.5, 0.5],
  });
});

Deno.test("matmulHidden() mixes the first of experts with equal gates", async () => {
  const equal = await weightsOf("mixture", [1, 2, 2, 2, 0, 0]);
  assertEquals(equal.first, [0, 0.5, 0.5, 0]);
  const { first, second } = await weightsOf("mixture", [2, 1, 1, 0, 5, -200]);
  assertEquals(first.map((weight) => weight > 0), [true, true, false, false]);
  assertEquals(second.map(Math.abs), [1, 0, 0, 0]);
});

Deno.test("matmulHidden() gives one expert everything where gates are far apart", async () => {
  assertEquals(await weightsOf("mixture", [500, -500, -500, 500]), {
    first: [1, 0],
    second: [0, 1],
  });
  assertEquals(await weightsOf("mixture", [-500, 500, 500, -500]), {
    first: [0, 1],
    second: [1, 0],
  });
});

Deno.test("matmulHidden() prefers the star's expert of the larger gate value, and the first where they are equal", async () => {
  const isFirst = { first: [1, 0], second: [0, 1] };
  const isSecond = { first: [0, 1], second: [1, 0] };
  assertEquals(await weightsOf("star", [1, 2]), isSecond);
  assertEquals(await weightsOf("star", [2, 1]), isFirst);
  assertEquals(await weightsOf("star", [-1, -1]), isFirst);
});

Deno.test("matmulHidden() rejects experts that share a chunk of columns", () => {
  const some = harness.empty(4096);
  const values = new Float32Array(4 * 192);
  const error = assertThrows(
    () =>
      matmulHidden(harness.gpu, {
        rows: some,
        x: some,
        w: packMatrix(harness, values, { elem: "f32", M: 4, K: 192 }),
        experts: {
          routing: "star",
          numExperts: 2,
          gates: some,
          numBranches: 2,
        },
        residual: some,
        out: some,
      }),
    RangeError,
  );
  assertEquals(
    error.message,
    'Cannot bind "w" as each of 2 experts must have a multiple of 64 columns: found 192 in all',
  );
});
