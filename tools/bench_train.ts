/**
 * Measures steps of training: milliseconds and GFLOP/s of products, for a drafter and a model.
 *
 *     deno run -A tools/bench_train.ts webgpu
 *
 * @module
 */

import {
  createDraftTrainer,
  type DraftShape,
  JAKIRO_RECIPE,
  type Trainer,
} from "../src/train/mod.ts";
import { createLlamaTrainer } from "./llama_trainer.ts";
import type { LlamaShape } from "./llama_shape.ts";

const [backend = "wasm", only = "", sequences = "", length = "256"] = Deno.args;
if (backend !== "wasm" && backend !== "webgpu") {
  throw new TypeError(
    `Cannot measure as the backend must be wasm or webgpu: ${backend}`,
  );
}
const MIN_MS = 4000;
const T = Number(length);

const MODEL: LlamaShape = {
  vocabSize: 2048,
  hiddenSize: 256,
  intermediateSize: 704,
  numHiddenLayers: 5,
  numAttentionHeads: 8,
  numKeyValueHeads: 4,
  headDim: 32,
  rmsNormEps: 1e-5,
  ropeTheta: 10000,
  ropeScaling: null,
};

function drafterOf(target: LlamaShape): DraftShape {
  return {
    ...target,
    kind: "jakiro",
    intermediateSize: target.hiddenSize,
    numExperts: 2,
    bias: true,
  };
}

function values(count: number, scale: number): Float32Array<ArrayBuffer> {
  return Float32Array.from(
    { length: count },
    (_, i) => scale * Math.sin(i * 12.9898 + (i % 97) ** 2),
  );
}

function tokens(
  numSequences: number,
  vocabSize: number,
): {
  numSequences: number;
  length: number;
  tokenIds: Int32Array<ArrayBuffer>;
  lossMask: Float32Array<ArrayBuffer>;
} {
  return {
    numSequences,
    length: T,
    tokenIds: Int32Array.from(
      { length: numSequences * T },
      (_, i) => (i * 7919 + i * i) % vocabSize,
    ),
    lossMask: new Float32Array(numSequences * T).fill(1),
  };
}

/** Multiply-adds of all products with matrices and of attention, forward and back, a token. */
function flops(shape: LlamaShape, numLayers: number, heads: number): number {
  const { hiddenSize: D, headDim: E, numAttentionHeads: H } = shape;
  const qkvo = D * E * (2 * H + 2 * shape.numKeyValueHeads);
  const attention = 2 * T * H * E;
  const layer = qkvo + attention + 3 * D * shape.intermediateSize;
  return 6 * (numLayers * layer + heads * shape.vocabSize * D);
}

async function measure<Batch>(
  name: string,
  trainer: Trainer<Batch, { readonly loss: number }, unknown>,
  { batch, numTokens, flopsPerToken }: {
    readonly batch: Batch;
    readonly numTokens: number;
    readonly flopsPerToken: number;
  },
): Promise<void> {
  const start = performance.now();
  await trainer.step(batch);
  const { loss } = await trainer.losses();
  const compileMs = performance.now() - start;
  await trainer.step(batch);
  await trainer.losses();
  const begin = performance.now();
  let numSteps = 0;
  do {
    await trainer.step(batch);
    numSteps++;
  } while (performance.now() - begin < MIN_MS);
  const last = (await trainer.losses()).loss;
  const ms = (performance.now() - begin) / numSteps;
  console.log(
    `${name}: ${ms.toFixed(1)} ms/step, ${
      (numTokens / ms * 1000).toFixed(0)
    } tokens/s, ${
      (flopsPerToken * numTokens / ms / 1e6).toFixed(1)
    } GFLOP/s; first step ${compileMs.toFixed(0)} ms; loss ${
      loss.toFixed(4)
    } → ${last.toFixed(4)}`,
  );
}

const recipe = { ...JAKIRO_RECIPE, warmupSteps: 0, learningRate: 1e-3 };
const small: LlamaShape = {
  ...MODEL,
  vocabSize: 512,
  hiddenSize: 64,
  headDim: 8,
};
for (
  const [name, target] of [["drafter64", small], ["drafter256", MODEL]] as const
) {
  if (!name.startsWith(only)) continue;
  const numSequences = Number(sequences || 32);
  const { vocabSize, hiddenSize } = target;
  const shape = drafterOf(target);
  using trainer = await createDraftTrainer({
    shape,
    recipe,
    seed: 1,
    backend,
    target: {
      embedTokens: values(vocabSize * hiddenSize, 0.5),
      lmHead: values(vocabSize * hiddenSize, 0.2),
    },
  });
  const batch = {
    ...tokens(numSequences, vocabSize),
    hidden: values(numSequences * T * hiddenSize, 1),
  };
  await measure(name, trainer, {
    batch,
    numTokens: numSequences * T,
    // The joint layer, both branches' experts, and the head: three times forward, twice back.
    flopsPerToken: flops(
      { ...shape, intermediateSize: 8 / 3 * hiddenSize, numHiddenLayers: 1 },
      1,
      5 / 3,
    ) +
      12 * hiddenSize ** 2,
  });
}
if ("model".startsWith(only)) {
  const numSequences = Number(sequences || 24);
  using trainer = await createLlamaTrainer({
    shape: MODEL,
    recipe: {
      ...recipe,
      learningRate: 3e-3,
      clipNorm: 1,
      clipValue: null,
      decaysMatricesOnly: true,
    },
    seed: 1,
    backend,
  });
  await measure("model", trainer, {
    batch: tokens(numSequences, MODEL.vocabSize),
    numTokens: numSequences * T,
    flopsPerToken: flops(MODEL, MODEL.numHiddenLayers, 2),
  });
}
// The library's threads would keep the process alive.
Deno.exit();
