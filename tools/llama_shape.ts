import type { ModelConfig } from "../src/checkpoint/mod.ts";

/** What a model to pre-train looks like; its head is its embedding, and it has no biases. */
export type LlamaShape = Pick<
  ModelConfig,
  | "vocabSize"
  | "hiddenSize"
  | "intermediateSize"
  | "numHiddenLayers"
  | "numAttentionHeads"
  | "numKeyValueHeads"
  | "headDim"
  | "rmsNormEps"
  | "ropeTheta"
  | "ropeScaling"
>;
