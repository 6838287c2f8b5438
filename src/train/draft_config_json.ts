import type { Checkpoint } from "../checkpoint/mod.ts";
import type { DraftShape } from "./draft_shape.ts";

/**
 * Writes the `config.json` of a drafter, with the fields that upstream's has.
 *
 * @param shape The drafter.
 * @param target Its target.
 * @returns The file's text.
 */
export function draftConfigJson(
  shape: DraftShape,
  target: Pick<Checkpoint, "config">,
): string {
  const { config } = target;
  const hasExperts = shape.kind !== "eagle";
  const fields = {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    vocab_size: shape.vocabSize,
    hidden_size: shape.hiddenSize,
    intermediate_size: shape.intermediateSize,
    num_hidden_layers: 1,
    num_attention_heads: shape.numAttentionHeads,
    num_key_value_heads: shape.numKeyValueHeads,
    head_dim: shape.headDim,
    hidden_act: "silu",
    max_position_embeddings: config.maxPositionEmbeddings,
    rms_norm_eps: shape.rmsNormEps,
    rope_theta: shape.ropeTheta,
    ...ropeFields(shape),
    bos_token_id: config.bosTokenId,
    eos_token_id: config.eosTokenIds[0] ?? null,
    tie_word_embeddings: config.tieWordEmbeddings,
    torch_dtype: "float32",
    ...hasExperts
      ? { num_local_experts: shape.numExperts, num_experts_per_tok: 2 }
      : {},
    bias: shape.bias,
  };
  return `${JSON.stringify(fields, null, 2)}\n`;
}

/** How rotary frequencies are stretched, whatever form the target's file has it in. */
function ropeFields({ ropeScaling }: DraftShape): Record<string, unknown> {
  if (ropeScaling === null) return {};
  const { type, ...factors } = ropeScaling;
  const fields = Object.entries(factors).map(([key, value]) => [
    key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    value,
  ]);
  return { rope_scaling: { rope_type: type, ...Object.fromEntries(fields) } };
}
