/**
 * Measures steps of training: milliseconds, tokens a second, GFLOP/s of products.
 *
 *     deno run -A tools/bench_train.ts webgpu            # all, at the recipe's sizes
 *     deno run -A tools/bench_train.ts wasm model 4      # one, with 4 sequences of 256 tokens
 *
 * @module
 */

import {
  createDraftTrainer,
  type DraftShape,
  JAKIRO_RECIPE,
  type TrainBackend,
  type TrainBatch,
  type Trainer,
} from "../src/train/mod.ts";
import type { LlamaShape } from "./llama_shape.ts";
import { createLlamaTrainer, type TextBatch } from "./llama_trainer.ts";

const LENGTH = 256;
const MIN_MS = 4000;
const RECIPE = { ...JAKIRO_RECIPE, warmupSteps: 0, learningRate: 1e-3 };

/** The model that comes along. */
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

/** As much of stories260K as a drafter sees. */
const STORIES = { ...MODEL, vocabSize: 512, hiddenSize: 64, headDim: 8 };

interface Settings {
  readonly numSequences: number;
  readonly backend: TrainBackend;
}

interface Work<Batch> {
  readonly trainer: Trainer<Batch, { readonly loss: number }, unknown>;
  readonly batch: Batch;
  readonly numTokens: number;
  /** Of products with matrices and of attention, forward and back. */
  readonly flopsPerToken: number;
}

/** Numbers without a pattern that a network could see at once. */
function values(count: number, scale: number): Float32Array<ArrayBuffer> {
  return Float32Array.from(
    { length: count },
    (_, i) => scale * Math.sin(i * 12.9898 + (i % 97) ** 2),
  );
}

function tokens(numSequences: number, vocabSize: number): {
  readonly numSequences: number;
  readonly length: number;
  readonly tokenIds: Int32Array<ArrayBuffer>;
  readonly lossMask: Float32Array<ArrayBuffer>;
} {
  const size = numSequences * LENGTH;
  return {
    numSequences,
    length: LENGTH,
    tokenIds: Int32Array.from(
      { length: size },
      (_, i) => (i * 7919 + i % 101 * i) % vocabSize,
    ),
    lossMask: new Float32Array(size).fill(1),
  };
}

/** Multiply-adds of a layer's attention a token, forward. */
function attentionProducts(shape: LlamaShape): number {
  const { hiddenSize, headDim, numAttentionHeads, numKeyValueHeads } = shape;
  const projections = 2 * hiddenSize * headDim *
    (numAttentionHeads + numKeyValueHeads);
  return projections + 2 * LENGTH * numAttentionHeads * headDim;
}

async function drafterWork(
  target: LlamaShape,
  { numSequences, backend }: Settings,
): Promise<Work<TrainBatch>> {
  const { vocabSize, hiddenSize } = target;
  const shape: DraftShape = {
    ...target,
    kind: "jakiro",
    intermediateSize: hiddenSize,
    numExperts: 2,
    bias: true,
  };
  const trainer = await createDraftTrainer({
    shape,
    recipe: RECIPE,
    seed: 1,
    backend,
    target: {
      embedTokens: values(vocabSize * hiddenSize, 0.5),
      lmHead: values(vocabSize * hiddenSize, 0.2),
    },
  });
  const batch = {
    ...tokens(numSequences, vocabSize),
    hidden: values(numSequences * LENGTH * hiddenSize, 1),
  };
  // fc, gate and up of two experts, and their down for each branch.
  const layer = attentionProducts(target) + (2 + 4 + 4) * hiddenSize ** 2;
  // The head: forward for the target and both branches, and back for both.
  const head = vocabSize * hiddenSize;
  return {
    trainer,
    batch,
    numTokens: numSequences * LENGTH,
    flopsPerToken: 6 * layer + 2 * 5 * head,
  };
}

async function modelWork(
  { numSequences, backend }: Settings,
): Promise<Work<TextBatch>> {
  const trainer = await createLlamaTrainer({
    shape: MODEL,
    recipe: {
      ...RECIPE,
      learningRate: 3e-3,
      clipNorm: 1,
      clipValue: null,
      decaysMatricesOnly: true,
    },
    seed: 1,
    backend,
  });
  const { hiddenSize, intermediateSize, vocabSize } = MODEL;
  const layer = attentionProducts(MODEL) + 3 * hiddenSize * intermediateSize;
  // The embedding is a product too.
  const ends = 2 * vocabSize * hiddenSize;
  return {
    trainer,
    batch: tokens(numSequences, vocabSize),
    numTokens: numSequences * LENGTH,
    flopsPerToken: 6 * (MODEL.numHiddenLayers * layer + ends),
  };
}

async function measure<Batch>(name: string, work: Work<Batch>): Promise<void> {
  using trainer = work.trainer;
  const { batch, numTokens, flopsPerToken } = work;
  const start = performance.now();
  await trainer.step(batch);
  const { loss: first } = await trainer.losses();
  const firstMs = performance.now() - start;
  await trainer.step(batch);
  await trainer.losses();
  const begin = performance.now();
  let numSteps = 0;
  do {
    await trainer.step(batch);
    numSteps++;
  } while (performance.now() - begin < MIN_MS);
  const { loss: last } = await trainer.losses();
  const stepMs = (performance.now() - begin) / numSteps;
  console.log(
    [
      `${name}: ${numTokens} tokens a step, ${stepMs.toFixed(1)} ms`,
      `${(numTokens / stepMs * 1000).toFixed(0)} tokens/s`,
      `${(flopsPerToken * numTokens / stepMs / 1e6).toFixed(1)} GFLOP/s`,
      `first step ${firstMs.toFixed(0)} ms`,
      `loss ${first.toFixed(4)}, last ${last.toFixed(4)}`,
    ].join("; "),
  );
}

const [backend, only, sequences] = Deno.args;
if (backend !== "wasm" && backend !== "webgpu") {
  throw new TypeError(
    `Cannot measure as the first argument must be "wasm" or "webgpu": ${backend}`,
  );
}
const settings = (usual: number): Settings => ({
  numSequences: sequences === undefined ? usual : Number(sequences),
  backend,
});
const works = {
  stories: async () =>
    await measure(
      "drafter of stories260K",
      await drafterWork(STORIES, settings(32)),
    ),
  drafter: async () =>
    await measure(
      "drafter of the model",
      await drafterWork(MODEL, settings(32)),
    ),
  model: async () => await measure("model", await modelWork(settings(24))),
};
for (const [name, work] of Object.entries(works)) {
  if (only === undefined || only === name) await work();
}
// The library's threads would keep the process alive.
Deno.exit();
