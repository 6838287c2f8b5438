import { assertEquals } from "@std/assert";
import { matmulHidden, moeRoute } from "../../src/ops/mod.ts";
import { at } from "../reference/lib/at.ts";
import { dot } from "../reference/lib/dot.ts";
import { rowWords } from "../reference/lib/rows.ts";
import { assertClose, productTolerance } from "./_close.ts";
import { openHarness, testBothCuts } from "./_harness.ts";
import {
  randomRoute,
  route,
  type RouteShape,
  routeTolerance,
} from "./_moe_route.ts";
import { assertNormsInput } from "./_normed_input.ts";
import { packMatrix } from "./_packed.ts";
import { elemArray, Random } from "./_random.ts";
import { assertRowInvariant, TABLE_BYTES } from "./_row_invariance.ts";
import { sequence } from "./_rows.ts";

const harness = await openHarness();

const SHAPES: readonly RouteShape[] = [
  [1, 4, 4, 2, 1],
  [1, 4, 4, 2, 2],
  [3, 68, 12, 2, 2],
  [10, 64, 64, 2, 2],
  [5, 100, 8, 3, 2],
  [7, 36, 20, 5, 2],
  [4, 64, 4, 7, 1],
  [6, 64, 4, 14, 2],
  [2, 576, 576, 2, 2],
];

for (const elem of harness.elems) {
  testBothCuts(
    harness,
    `moeRoute() equals its twin over a table of shapes in ${elem}`,
    async () => {
      const random = new Random(1);
      for (const shape of SHAPES) {
        const test = randomRoute(random, elem, shape);
        const { actual, expected } = await route(harness, test);
        assertClose(actual, expected, {
          ...routeTolerance(elem, test.hiddenSize),
          label: `${shape}`,
        });
      }
    },
  );

  testBothCuts(
    harness,
    `moeRoute() and matmulHidden() give both branches as the paper has them in ${elem}`,
    async () => {
      const [T, D, F] = [6, 32, 32];
      const random = new Random(2);
      const test = randomRoute(random, elem, [T, D, F, 2, 2]);
      const down = random.uniform(elem, D * 2 * F, 1 / Math.sqrt(2 * F));
      const residual = random.normals(T * D);
      const rows = harness.upload(
        rowWords({ row: sequence(T), firstLogitRow: 0 }),
      );
      const routed = harness.empty(2 * T * 2 * F * 4);
      const out = harness.empty(2 * T * D * 4);
      const ops = [
        moeRoute(harness.gpu, {
          ...test,
          rows,
          x: harness.upload(test.x),
          gate: harness.upload(test.gate),
          act: harness.upload(test.act),
          out: routed,
        }),
        matmulHidden(harness.gpu, {
          rows,
          x: routed,
          w: packMatrix(harness, down, { elem, M: D, K: 2 * F }),
          residual: harness.upload(residual),
          out,
          numBranches: 2,
        }),
      ];
      await harness.run(() => ops.flatMap((op) => op(T)));
      const expected = new Float64Array(2 * T * D);
      for (let t = 0; t < T; t++) {
        const [g0, g1, g2, g3] = [0, 1, 2, 3].map((i) =>
          dot([test.x, t], [test.gate, i], D)
        ) as [number, number, number, number];
        const w0 = 1 / (1 + Math.exp(g1 - g0));
        const w2 = 1 / (1 + Math.exp(g3 - g2));
        for (let d = 0; d < D; d++) {
          const [e0, e1] = [0, 1].map((expert) => {
            let sum = 0;
            for (let f = 0; f < F; f++) {
              sum += at(test.act, (2 * t + expert) * F + f) *
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
      const { absolute, relative } = routeTolerance(elem, D);
      assertClose(await harness.read(out, actual), expected, {
        // Each of 2F weighed activations is off by as much, and rounded to the stored type.
        absolute: (absolute + relative) * Math.sqrt(2 * F) +
          productTolerance(2 * F),
        relative,
        label: "mixture, then contrastive",
      });
    },
  );

  testBothCuts(
    harness,
    `moeRoute() normalises its rows as rmsNorm() does in ${elem}`,
    async () => {
      const random = new Random(4);
      for (
        const shape of [[32, 68, 12, 2, 2], [32, 256, 8, 4, 1]] as const
      ) {
        const test = randomRoute(random, elem, shape);
        const out = harness.empty(test.act.length * test.numBranches * 4);
        const act = harness.upload(test.act);
        const gate = harness.upload(test.gate);
        await assertNormsInput(harness, random, {
          elem,
          K: test.hiddenSize,
          T: 21,
          bind: (args) =>
            moeRoute(harness.gpu, { ...test, ...args, act, gate, out }),
          outputs: [[out, new Uint32Array(out.size / 4)]],
        });
      }
    },
  );

  testBothCuts(
    harness,
    `moeRoute() computes a row bit for bit as it does alone in ${elem}`,
    async () => {
      const random = new Random(3);
      for (
        const shape of [[64, 68, 12, 2, 2], [64, 36, 8, 4, 1]] as const
      ) {
        const test = randomRoute(random, elem, shape);
        const { hiddenSize, expertSize, numExperts, numBranches } = test;
        const bytes = elem === "f16" ? 2 : 4;
        const rows = harness.empty(TABLE_BYTES);
        const x = harness.empty(64 * hiddenSize * bytes);
        const act = harness.empty(64 * numExperts * expertSize * bytes);
        const out = harness.empty(
          numBranches * 64 * numExperts * expertSize * bytes,
        );
        const gate = harness.upload(test.gate);
        const op = moeRoute(harness.gpu, { ...test, rows, x, gate, act, out });
        await assertRowInvariant(harness, {
          rows,
          row: sequence(64),
          inputs: [
            { buffer: x, values: test.x },
            { buffer: act, values: test.act },
          ],
          outputs: [{
            buffer: out,
            rowBytes: numExperts * expertSize * bytes,
            numBranches,
          }],
        }, { op });
      }
    },
  );
}

/** Weights that a row of gate values gives, of activations of 1. */
async function weightsOf(
  gates: readonly number[],
): Promise<{ readonly mixture: number[]; readonly contrastive: number[] }> {
  const numExperts = gates.length - 2;
  const { actual } = await route(harness, {
    elem: "f32",
    numRows: 1,
    hiddenSize: 4,
    expertSize: 4,
    numExperts,
    numBranches: 2,
    x: elemArray("f32", [1, 0, 0, 0]),
    gate: Float32Array.from(gates.flatMap((gate) => [gate, 0, 0, 0])),
    act: elemArray("f32", new Array(4 * numExperts).fill(1)),
  });
  const weights = [...actual.filter((_, i) => i % 4 === 0)];
  return {
    mixture: weights.slice(0, numExperts),
    contrastive: weights.slice(numExperts),
  };
}

Deno.test("moeRoute() weighs equal gates equally, and subtracts the first expert from the second", async () => {
  assertEquals(await weightsOf([3, 3, -2, -2]), {
    mixture: [0.5, 0.5],
    contrastive: [-0.5, 0.5],
  });
});

Deno.test("moeRoute() chooses the first of experts with equal gates", async () => {
  const { mixture } = await weightsOf([1, 2, 2, 2, 0, 0]);
  assertEquals(mixture, [0, 0.5, 0.5, 0]);
  const first = await weightsOf([2, 1, 1, 0, 5, -200]);
  assertEquals(first.mixture.map((weight) => weight > 0), [
    true,
    true,
    false,
    false,
  ]);
  assertEquals(first.contrastive.map(Math.abs), [1, 0, 0, 0]);
});

Deno.test("moeRoute() gives one expert everything where gates are far apart", async () => {
  assertEquals(await weightsOf([500, -500, -500, 500]), {
    mixture: [1, 0],
    contrastive: [-0, 1],
  });
  assertEquals(await weightsOf([-500, 500, 500, -500]), {
    mixture: [0, 1],
    contrastive: [1, -0],
  });
});
