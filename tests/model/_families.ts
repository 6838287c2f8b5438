/** Writes tiny models of every family. @module */

import {
  type TensorToWrite,
  writeSafetensors,
} from "../../src/checkpoint/mod.ts";
import type { RawConfig } from "../reference/families.ts";
import type { ReferenceTensor } from "../reference/llama.ts";

/** A tiny model, with the sizes that random drafters are made for. */
const SHARED = {
  vocab_size: 512,
  hidden_size: 64,
  intermediate_size: 93,
  num_hidden_layers: 3,
  num_attention_heads: 8,
  num_key_value_heads: 4,
  max_position_embeddings: 512,
  rms_norm_eps: 1e-6,
  hidden_act: "silu",
  bos_token_id: 1,
  eos_token_id: 2,
};

const GEMMA = {
  ...SHARED,
  hidden_act: "gelu_pytorch_tanh",
  hidden_activation: "gelu_pytorch_tanh",
  head_dim: 16,
  query_pre_attn_scalar: 24,
  sliding_window: 9,
};

/** Factors of a frequency each: those of high ones near 1, those of low ones large. */
const rising = (most: number): number[] =>
  [0, 1, 2, 3].map((i) => most ** (i / 3));

const LONGROPE = {
  architectures: ["Phi3ForCausalLM"],
  model_type: "phi3",
  ...SHARED,
  original_max_position_embeddings: 32,
  sliding_window: 20,
  rope_scaling: {
    type: "longrope",
    short_factor: rising(1.3),
    long_factor: rising(16),
  },
};

/** A configuration of each family, or of each of its variants, by name. */
export const FAMILY_CONFIGS: Readonly<Record<string, RawConfig>> = {
  "Mistral": {
    architectures: ["MistralForCausalLM"],
    model_type: "mistral",
    ...SHARED,
    sliding_window: 11,
  },
  "Mistral without a window, with a head size of its own": {
    architectures: ["MistralForCausalLM"],
    model_type: "mistral",
    ...SHARED,
    head_dim: 20,
    sliding_window: null,
    rope_theta: 1e6,
  },
  "Qwen2": {
    architectures: ["Qwen2ForCausalLM"],
    model_type: "qwen2",
    ...SHARED,
    sliding_window: 5,
    use_sliding_window: false,
    max_window_layers: 1,
    rope_theta: 1e6,
    tie_word_embeddings: true,
  },
  "Qwen2 with windows in its upper layers": {
    architectures: ["Qwen2ForCausalLM"],
    model_type: "qwen2",
    ...SHARED,
    sliding_window: 7,
    use_sliding_window: true,
    max_window_layers: 1,
  },
  "Qwen3": {
    architectures: ["Qwen3ForCausalLM"],
    model_type: "qwen3",
    ...SHARED,
    head_dim: 24,
    rope_theta: 1e6,
    tie_word_embeddings: true,
  },
  "Phi-3 with short factors": LONGROPE,
  "Phi-3 with long factors": {
    ...LONGROPE,
    original_max_position_embeddings: 16,
  },
  "Gemma 2": {
    architectures: ["Gemma2ForCausalLM"],
    model_type: "gemma2",
    ...GEMMA,
    attn_logit_softcapping: 5,
    final_logit_softcapping: 3,
  },
  "Gemma 2 wider than norms are fused": {
    architectures: ["Gemma2ForCausalLM"],
    model_type: "gemma2",
    ...GEMMA,
    hidden_size: 260,
    num_hidden_layers: 2,
    attn_logit_softcapping: 50,
    final_logit_softcapping: 30,
  },
  "Gemma 3": {
    architectures: ["Gemma3ForCausalLM"],
    model_type: "gemma3_text",
    ...GEMMA,
    num_hidden_layers: 4,
    sliding_window_pattern: 3,
    rope_theta: 1e6,
    rope_local_base_freq: 1e4,
    rope_scaling: { rope_type: "linear", factor: 8 },
  },
  "Gemma 3 with layers by name and heads of 256": {
    architectures: ["Gemma3ForCausalLM"],
    model_type: "gemma3_text",
    ...GEMMA,
    head_dim: 256,
    num_attention_heads: 2,
    num_key_value_heads: 1,
    num_hidden_layers: 2,
    layer_types: ["full_attention", "sliding_attention"],
  },
  "Mixtral": {
    architectures: ["MixtralForCausalLM"],
    model_type: "mixtral",
    ...SHARED,
    num_local_experts: 5,
    num_experts_per_tok: 2,
    rope_theta: 1e6,
    sliding_window: null,
  },
};

/** A written model. */
export interface WrittenFamily {
  readonly config: RawConfig;
  readonly tensors: ReadonlyMap<string, ReferenceTensor>;
}

/**
 * Writes a model of random weights.
 *
 * @param directory An empty directory.
 * @param config Its configuration.
 * @param dtype How its numbers are stored.
 */
export async function writeFamily(
  directory: string,
  config: RawConfig,
  dtype: "F32" | "F16" = "F32",
): Promise<WrittenFamily> {
  await Deno.writeTextFile(`${directory}/config.json`, JSON.stringify(config));
  const tensors = new Map<string, ReferenceTensor>();
  let state = 5;
  const list = shapes(config).map(([name, shape]): TensorToWrite => {
    const count = shape.reduce((product, size) => product * size, 1);
    const isGemma = String(config.model_type).startsWith("gemma");
    const isNorm = name.includes("norm");
    const raw = Float32Array.from({ length: count }, () => {
      state = Math.imul(state, 1664525) + 1013904223 >>> 0;
      const value = state / 2 ** 32 - 0.5;
      return isNorm && !isGemma ? 1 + value : value * 0.5;
    });
    const values = dtype === "F16" ? Float16Array.from(raw) : raw;
    tensors.set(name, { shape, values });
    return { name, dtype, shape, bytes: new Uint8Array(values.buffer) };
  });
  await writeSafetensors(`${directory}/model.safetensors`, list);
  return { config, tensors };
}

/** Names and shapes of a model's tensors, as its authors store them. */
function shapes(config: RawConfig): (readonly [string, number[]])[] {
  const number = (key: string): number => Number(config[key]);
  const type = String(config.model_type);
  const [V, D, F] = [
    number("vocab_size"),
    number("hidden_size"),
    number("intermediate_size"),
  ];
  const H = number("num_attention_heads");
  const E = Number(config.head_dim ?? D / H);
  const Q = H * E;
  const KV = number("num_key_value_heads") * E;
  const isGemma = type.startsWith("gemma");
  const isTied = config.tie_word_embeddings ?? isGemma;
  const list: (readonly [string, number[]])[] = [
    ["model.embed_tokens.weight", [V, D]],
    ["model.norm.weight", [D]],
  ];
  if (!isTied) list.push(["lm_head.weight", [V, D]]);
  for (let layer = 0; layer < number("num_hidden_layers"); layer++) {
    const add = (name: string, ...shape: number[]): void => {
      list.push([`model.layers.${layer}.${name}`, shape]);
    };
    add("input_layernorm.weight", D);
    add("post_attention_layernorm.weight", D);
    if (isGemma) {
      add("pre_feedforward_layernorm.weight", D);
      add("post_feedforward_layernorm.weight", D);
    }
    add("self_attn.o_proj.weight", D, Q);
    if (type === "phi3") {
      add("self_attn.qkv_proj.weight", Q + 2 * KV, D);
      add("mlp.gate_up_proj.weight", 2 * F, D);
      add("mlp.down_proj.weight", D, F);
      continue;
    }
    for (const [part, rows] of [["q", Q], ["k", KV], ["v", KV]] as const) {
      add(`self_attn.${part}_proj.weight`, rows, D);
      if (type === "qwen2") add(`self_attn.${part}_proj.bias`, rows);
    }
    if (type === "qwen3" || type === "gemma3_text") {
      add("self_attn.q_norm.weight", E);
      add("self_attn.k_norm.weight", E);
    }
    if (type === "mixtral") {
      const experts = number("num_local_experts");
      add("block_sparse_moe.gate.weight", experts, D);
      for (let expert = 0; expert < experts; expert++) {
        const name = `block_sparse_moe.experts.${expert}`;
        add(`${name}.w1.weight`, F, D);
        add(`${name}.w2.weight`, D, F);
        add(`${name}.w3.weight`, F, D);
      }
      continue;
    }
    add("mlp.gate_proj.weight", F, D);
    add("mlp.up_proj.weight", F, D);
    add("mlp.down_proj.weight", D, F);
  }
  return list;
}
