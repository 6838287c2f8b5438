import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertLess,
} from "@std/assert";
import type { NamedTensor } from "../../src/train/mod.ts";
import type { OptimizerRecipe } from "../../src/train/optimizer_recipe.ts";
import { ropeFrequencies } from "../../src/model/rope_table.ts";
import type { LlamaShape } from "../../tools/llama_shape.ts";
import {
  createLlamaTrainer,
  type LlamaTrainer,
  type TextBatch,
} from "../../tools/llama_trainer.ts";
import { llama, type ReferenceTensor } from "../reference/llama.ts";
import { randomValues } from "../train/_draft_case.ts";

const SHAPE: LlamaShape = {
  vocabSize: 23,
  hiddenSize: 8,
  intermediateSize: 10,
  numHiddenLayers: 2,
  numAttentionHeads: 4,
  numKeyValueHeads: 2,
  headDim: 4,
  rmsNormEps: 1e-5,
  ropeTheta: 10000,
  ropeScaling: null,
};
const RECIPE: OptimizerRecipe = {
  learningRate: 0.01,
  beta1: 0.5,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0.1,
  decaysMatricesOnly: true,
  warmupSteps: 0,
  totalSteps: 1000,
  schedule: "cosine",
  clipValue: null,
  clipNorm: null,
};

function open(
  initial?: ReadonlyMap<string, NamedTensor>,
): Promise<LlamaTrainer> {
  return createLlamaTrainer({
    shape: SHAPE,
    recipe: RECIPE,
    seed: 4,
    backend: "wasm",
    ...initial && { initial },
  });
}

/** Weights far from their usual start, so that every tensor matters. */
async function randomTensors(): Promise<Map<string, NamedTensor>> {
  using trainer = await open();
  let seed = 1;
  return new Map(
    [...await trainer.tensors()].map(([name, { shape, values }]) => {
      const noise = randomValues(values.length, { seed: seed++, scale: 0.5 });
      const isNorm = shape.length === 1;
      return [name, {
        shape,
        values: noise.map((x) => isNorm ? 1 + x : 1.5 * x),
      }];
    }),
  );
}

function batchOf(seed: number): TextBatch {
  const [numSequences, length] = [2, 7];
  const size = numSequences * length;
  return {
    numSequences,
    length,
    tokenIds: Int32Array.from(
      randomValues(size, { seed }),
      (x) => Math.floor((x + 1) / 2 * SHAPE.vocabSize),
    ),
    lossMask: Float32Array.from(
      { length: size },
      (_, i) => i % 3 === 1 || i > 11 ? 0 : 1,
    ),
  };
}

/** The mean cross-entropy of the tokens that count, in f64. */
function lossOf(
  tensors: ReadonlyMap<string, ReferenceTensor>,
  { numSequences, length, tokenIds, lossMask }: TextBatch,
): number {
  let total = 0;
  let count = 0;
  for (let s = 0; s < numSequences; s++) {
    const ids = [...tokenIds.subarray(s * length, (s + 1) * length)];
    const frequencies = ropeFrequencies(SHAPE);
    const { logits } = llama(tensors, SHAPE, { ids, frequencies });
    for (let t = 1; t < length; t++) {
      if (lossMask[s * length + t] === 0) continue;
      const row = logits[t - 1] ?? [];
      const sum = row.reduce((partial, x) => partial + Math.exp(x), 0);
      total += Math.log(sum) - (row[ids[t] ?? -1] ?? NaN);
      count++;
    }
  }
  return total / (count + 1e-5);
}

Deno.test("LlamaTrainer has the reference's loss, and gradients of finite differences", async () => {
  const tensors = await randomTensors();
  using trainer = await open(tensors);
  const batch = batchOf(1);
  const expected = lossOf(tensors, batch);
  // f32 sums of some dozens of products, against f64.
  assertAlmostEquals((await trainer.evaluate(batch)).loss, expected, 2e-5);
  await trainer.step(batch);
  assertAlmostEquals((await trainer.losses()).loss, expected, 2e-5);
  const { tensors: state } = await trainer.state();
  for (const [name, { shape, values }] of tensors) {
    // After one step the first moment is the gradient times 1 - beta1.
    const gradient = state.get(`${name}.moment1`)?.values.map((x) => 2 * x) ??
      new Float32Array();
    const largest = gradient.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
    assert(largest > 0, `${name} has no gradient`);
    const where = gradient.findIndex((x) => Math.abs(x) === largest);
    for (const index of [where, 0, values.length >> 1, values.length - 1]) {
      const at = (sign: number): number => {
        const moved = Float64Array.from(values);
        moved[index] = (values[index] ?? NaN) + sign * 1e-5;
        return lossOf(
          new Map<string, ReferenceTensor>([...tensors, [name, {
            shape,
            values: moved,
          }]]),
          batch,
        );
      };
      assertAlmostEquals(
        gradient[index] ?? NaN,
        (at(1) - at(-1)) / 2e-5,
        // The gradient is f32 and sums terms of both signs: digits of the largest element count.
        1e-4 * largest,
        `${name}[${index}]`,
      );
    }
  }
});

Deno.test("LlamaTrainer fits a batch, and goes on to the same bits after restore()", async () => {
  using whole = await open();
  const before = await whole.evaluate(batchOf(1));
  for (let step = 0; step < 20; step++) await whole.step(batchOf(1));
  const saved = await whole.state();
  using resumed = await open();
  await resumed.restore(saved);
  for (const trainer of [whole, resumed]) {
    for (let step = 0; step < 20; step++) await trainer.step(batchOf(1));
  }
  assertEquals(await resumed.state(), await whole.state());
  assertLess((await whole.evaluate(batchOf(1))).loss, before.loss / 2);
});
