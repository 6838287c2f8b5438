import {
  type TensorToWrite,
  writeSafetensors,
} from "../../src/checkpoint/mod.ts";

/** Writes a drafter of random weights for a target of `D` 64, 8/4 heads of 8, and 512 tokens. */
export async function writeRandomDrafter(
  directory: string,
  options: {
    readonly kind: "jakiro" | "jakiro_star" | "eagle";
    readonly numExperts?: number;
    /** Every weight, instead of random ones. */
    readonly value?: number;
  },
): Promise<void> {
  const { kind, numExperts = 2, value } = options;
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
  const starExperts = (): TensorToWrite[] => [
    tensor(`${layer}.mlp_moe.gate.weight`, 2, 64),
    ...[0, 1].flatMap((expert) => [
      tensor(`${layer}.mlp_moe.experts.${expert}.fc.weight`, 97, 64),
      tensor(`${layer}.mlp_moe.experts.${expert}.proj.weight`, 64, 97),
    ]),
  ];
  await writeSafetensors(`${directory}/model.safetensors`, [
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
