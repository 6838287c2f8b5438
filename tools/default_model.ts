/** The model that comes along. @module */

import type { OptimizerRecipe } from "../src/train/mod.ts";

/** Tokens, special ones and bytes included. */
export const VOCAB_SIZE = 2048;

/** Longest conversation, and length of the rows that are trained on. */
export const MAX_POSITIONS = 512;

/** Its `config.json`. */
export const CONFIG = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  vocab_size: VOCAB_SIZE,
  hidden_size: 256,
  intermediate_size: 704,
  num_hidden_layers: 5,
  num_attention_heads: 8,
  num_key_value_heads: 4,
  head_dim: 32,
  hidden_act: "silu",
  max_position_embeddings: MAX_POSITIONS,
  rms_norm_eps: 1e-5,
  rope_theta: 10000,
  attention_bias: false,
  mlp_bias: false,
  tie_word_embeddings: true,
  bos_token_id: 0,
  eos_token_id: 1,
  torch_dtype: "float16",
};

/** Its `generation_config.json`. */
export const GENERATION_CONFIG = {
  bos_token_id: 0,
  eos_token_id: 1,
  do_sample: true,
  temperature: 0.7,
  top_p: 0.9,
};

/** Rows of a step: 6,144 tokens. */
export const ROWS_PER_STEP = 12;

/** How it is trained; `totalSteps` is what the time allows. */
export const RECIPE: OptimizerRecipe = {
  learningRate: 3e-3,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0.1,
  decaysMatricesOnly: true,
  warmupSteps: 100,
  totalSteps: 3000,
  schedule: "cosine",
  clipValue: null,
  clipNorm: 1,
};
