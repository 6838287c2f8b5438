import type { Checkpoint, JsonObject, JsonValue } from "../checkpoint/mod.ts";
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
  target: Pick<Checkpoint, "config" | "configJson">,
): string {
  const { config, configJson } = target;
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
    ...ropeFields(configJson),
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

/** How rotary frequencies are stretched, as the target's file says it. */
function ropeFields(configJson: JsonObject): Record<string, unknown> {
  const keys = ["rope_scaling", "rope_parameters"];
  return Object.fromEntries(
    keys.filter((key) => configJson.has(key))
      .map((key) => [key, toPlain(configJson.get(key) ?? null)]),
  );
}

function toPlain(value: JsonValue): unknown {
  if (value instanceof Map) {
    return Object.fromEntries(
      [...value].map(([key, item]) => [key, toPlain(item)]),
    );
  }
  return Array.isArray(value) ? value.map(toPlain) : value;
}
