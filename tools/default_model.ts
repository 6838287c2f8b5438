import type { OptimizerRecipe } from "../src/train/mod.ts";

/** What a model is, and how it is trained. */
export interface ModelRecipe {
  /** Its `config.json`. */
  readonly config: {
    /** Tokens, special ones and bytes included. */
    readonly vocab_size: number;
    /** Longest conversation, and length of the rows that are trained on. */
    readonly max_position_embeddings: number;
    readonly [key: string]: unknown;
  };
  /** Its `generation_config.json`. */
  readonly generationConfig: Readonly<Record<string, unknown>>;
  /** Rows of a step. */
  readonly rowsPerStep: number;
  /** How its weights follow their gradients. */
  readonly optimizer: OptimizerRecipe;
}

/** The model that comes along. A step has 6,144 tokens; how many steps are made is what time allows. */
export const DEFAULT_MODEL = {
  config: {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    vocab_size: 2048,
    hidden_size: 256,
    intermediate_size: 704,
    num_hidden_layers: 5,
    num_attention_heads: 8,
    num_key_value_heads: 4,
    head_dim: 32,
    hidden_act: "silu",
    max_position_embeddings: 512,
    rms_norm_eps: 1e-5,
    rope_theta: 10000,
    attention_bias: false,
    mlp_bias: false,
    tie_word_embeddings: true,
    bos_token_id: 0,
    eos_token_id: 1,
    torch_dtype: "float16",
  },
  generationConfig: {
    bos_token_id: 0,
    eos_token_id: 1,
    do_sample: true,
    temperature: 0.7,
    top_p: 0.9,
  },
  rowsPerStep: 12,
  optimizer: {
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
  },
} as const satisfies ModelRecipe;
