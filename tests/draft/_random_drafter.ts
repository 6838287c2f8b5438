import {
  type TensorToWrite,
  writeSafetensors,
} from "../../src/checkpoint/mod.ts";
import { d2tBytes } from "../checkpoint/tiny_drafter.ts";

/** The target's ids that a random EAGLE-3 drafter knows: those most common in its texts. */
export const TARGET_IDS: readonly number[] = [
  ...[261, 426, 265, 432, 267, 268, 412, 411, 419, 286, 418, 266, 422, 414],
  ...[298, 421, 269, 262, 428, 276, 413, 420, 425, 410, 427, 400, 415, 272],
  ...[315, 282, 417, 259, 429, 295, 294, 277, 439, 264, 281, 301],
];

const EAGLE3_CONFIG = {
  draft_vocab_size: TARGET_IDS.length,
  eagle_aux_hidden_state_layer_ids: [1, 2, 4],
  head_dim: 8,
};

/** Writes a drafter of random weights for a target of `D` 64, 8/4 heads of 8, and 512 tokens. */
export async function writeRandomDrafter(
  directory: string,
  options: {
    readonly kind: "jakiro" | "jakiro_star" | "eagle" | "eagle3";
    readonly numExperts?: number;
    /** Further fields of `config.json`. */
    readonly config?: Readonly<Record<string, unknown>>;
    /** Every weight, instead of random ones. */
    readonly value?: number;
  },
): Promise<void> {
  const { kind, numExperts = 2, value, config = {} } = options;
  await Deno.writeTextFile(
    `${directory}/config.json`,
    JSON.stringify({
      hidden_size: 64,
      vocab_size: 512,
      num_attention_heads: 8,
      num_key_value_heads: 4,
      intermediate_size: 96,
      num_hidden_layers: 1,
      rms_norm_eps: 1e-5,
      max_position_embeddings: 512,
      hidden_act: "silu",
      ...(kind === "eagle3" ? EAGLE3_CONFIG : {}),
      ...config,
    }),
  );
  let state = 7;
  const tensor = (name: string, ...shape: number[]): TensorToWrite => {
    const count = shape.reduce((product, size) => product * size, 1);
    const values = Float32Array.from({ length: count }, () => {
      state = Math.imul(state, 1664525) + 1013904223 >>> 0;
      return value ?? (state / 2 ** 32 - 0.5) * 0.6;
    });
    return { name, dtype: "F32", shape, bytes: new Uint8Array(values.buffer) };
  };
  const layer = "layers.0";
  const swiglu = (name: string, size: number): TensorToWrite[] => [
    tensor(`${layer}.${name}.gate_proj.weight`, size, 64),
    tensor(`${layer}.${name}.up_proj.weight`, size, 64),
    tensor(`${layer}.${name}.down_proj.weight`, 64, size),
  ];
  const file = `${directory}/model.safetensors`;
  if (kind === "eagle3") {
    return await writeSafetensors(file, eagle3Tensors(tensor, config));
  }
  const starExperts = (): TensorToWrite[] => [
    tensor(`${layer}.mlp_moe.gate.weight`, 2, 64),
    ...[0, 1].flatMap((expert) => [
      tensor(`${layer}.mlp_moe.experts.${expert}.fc.weight`, 97, 64),
      tensor(`${layer}.mlp_moe.experts.${expert}.proj.weight`, 64, 97),
    ]),
  ];
  await writeSafetensors(file, [
    tensor("fc.weight", 64, 128),
    tensor("fc.bias", 64),
    tensor(`${layer}.self_attn.q_proj.weight`, 64, 64),
    tensor(`${layer}.self_attn.k_proj.weight`, 32, 64),
    tensor(`${layer}.self_attn.v_proj.weight`, 32, 64),
    tensor(`${layer}.self_attn.o_proj.weight`, 64, 64),
    tensor(`${layer}.post_attention_layernorm.weight`, 64),
    ...(kind === "jakiro_star"
      ? starExperts()
      : kind === "eagle"
      ? swiglu("mlp", 96)
      : [
        tensor(`${layer}.mlp_moe.gate.weight`, numExperts + 2, 64),
        ...Array.from(
          { length: numExperts },
          (_, expert) => swiglu(`mlp_moe.experts.${expert}`, 64),
        ).flat(),
      ]),
  ]);
}

/** Tensors of an EAGLE-3 drafter, as wide as `config` says, else as its target. */
function eagle3Tensors(
  tensor: (name: string, ...shape: number[]) => TensorToWrite,
  config: Readonly<Record<string, unknown>>,
): TensorToWrite[] {
  const D = Number(config.hidden_size ?? 64);
  const ids = TARGET_IDS.slice(
    0,
    Number(config.draft_vocab_size ?? TARGET_IDS.length),
  );
  const norms = [
    "layers.0.hidden_norm",
    "layers.0.input_layernorm",
    "layers.0.post_attention_layernorm",
    "norm",
  ];
  return [
    ...("eagle_config" in config ? [] : [tensor("fc.weight", D, 192)]),
    ...(D === 64 ? [] : [tensor("embed_tokens.weight", 512, D)]),
    ...norms.map((name) => tensor(`${name}.weight`, D)),
    tensor("layers.0.self_attn.q_proj.weight", 64, 2 * D),
    tensor("layers.0.self_attn.k_proj.weight", 32, 2 * D),
    tensor("layers.0.self_attn.v_proj.weight", 32, 2 * D),
    tensor("layers.0.self_attn.o_proj.weight", D, 64),
    tensor("layers.0.mlp.gate_proj.weight", 96, D),
    tensor("layers.0.mlp.up_proj.weight", 96, D),
    tensor("layers.0.mlp.down_proj.weight", D, 96),
    tensor("lm_head.weight", ids.length, D),
    { name: "d2t", dtype: "I64", shape: [ids.length], bytes: d2tBytes(ids) },
  ];
}
