/** Writes checkpoints of random weights, for measuring speed alone. @module */

import { type TensorToWrite, writeSafetensors } from "../src/checkpoint/mod.ts";

/** Sizes of a random model, as in `config.json`. */
export interface RandomModelSizes {
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
  readonly max_position_embeddings: number;
}

/** A Llama of 110 million parameters, the shape of karpathy/tinyllamas stories110M. */
export const STORIES_110M: RandomModelSizes = {
  vocab_size: 32000,
  hidden_size: 768,
  intermediate_size: 2048,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  num_key_value_heads: 12,
  max_position_embeddings: 1024,
};

/** A Llama of 15 million parameters, the shape of karpathy/tinyllamas stories15M. */
export const STORIES_15M: RandomModelSizes = {
  vocab_size: 32000,
  hidden_size: 288,
  intermediate_size: 768,
  num_hidden_layers: 6,
  num_attention_heads: 6,
  num_key_value_heads: 6,
  max_position_embeddings: 1024,
};

/** A Llama of 1.0 billion parameters, the shape of TinyLlama 1.1B but for its head, which is tied. */
export const LLAMA_1B: RandomModelSizes = {
  vocab_size: 32000,
  hidden_size: 2048,
  intermediate_size: 5632,
  num_hidden_layers: 22,
  num_attention_heads: 32,
  num_key_value_heads: 4,
  max_position_embeddings: 2048,
};

/**
 * Writes a tied Llama with random f16 weights.
 *
 * @param directory Where to write; must exist.
 * @param sizes Sizes of the model.
 */
export async function writeRandomModel(
  directory: string,
  sizes: RandomModelSizes,
): Promise<void> {
  const config = {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    hidden_act: "silu",
    rms_norm_eps: 1e-5,
    rope_theta: 10000,
    bos_token_id: 1,
    eos_token_id: 2,
    tie_word_embeddings: true,
    ...sizes,
  };
  await Deno.writeTextFile(`${directory}/config.json`, JSON.stringify(config));
  const { hidden_size: D, intermediate_size: F } = sizes;
  const kvSize = D / sizes.num_attention_heads * sizes.num_key_value_heads;
  const tensors = [
    tensor("model.embed_tokens.weight", [sizes.vocab_size, D]),
    tensor("model.norm.weight", [D]),
  ];
  for (let layer = 0; layer < sizes.num_hidden_layers; layer++) {
    const name = `model.layers.${layer}`;
    tensors.push(
      tensor(`${name}.input_layernorm.weight`, [D]),
      tensor(`${name}.self_attn.q_proj.weight`, [D, D]),
      tensor(`${name}.self_attn.k_proj.weight`, [kvSize, D]),
      tensor(`${name}.self_attn.v_proj.weight`, [kvSize, D]),
      tensor(`${name}.self_attn.o_proj.weight`, [D, D]),
      tensor(`${name}.post_attention_layernorm.weight`, [D]),
      tensor(`${name}.mlp.gate_proj.weight`, [F, D]),
      tensor(`${name}.mlp.up_proj.weight`, [F, D]),
      tensor(`${name}.mlp.down_proj.weight`, [D, F]),
    );
  }
  await writeSafetensors(`${directory}/model.safetensors`, tensors);
}

/** Norms are 1; matrices are uniform in ±sqrt(3 / inputs), so that activations keep their size. */
function tensor(name: string, shape: readonly number[]): TensorToWrite {
  const count = shape.reduce((product, size) => product * size, 1);
  const values = new Float16Array(count).fill(1);
  if (shape.length === 2) {
    const scale = 2 * Math.sqrt(3 / (shape[1] ?? 1)) / 2 ** 32;
    let state = name.length + count >>> 0;
    for (let index = 0; index < count; index++) {
      state = Math.imul(state, 1664525) + 1013904223 >>> 0;
      values[index] = (state - 2 ** 31) * scale;
    }
  }
  const bytes = new Uint8Array(values.buffer);
  return { name, dtype: "F16", shape, bytes };
}
