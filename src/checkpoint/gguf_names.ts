/** Names of a model's tensors outside its layers, by those of a GGUF file. */
const MODEL_NAMES: Readonly<Record<string, string>> = {
  token_embd: "model.embed_tokens",
  output_norm: "model.norm",
  output: "lm_head",
};

/** Names of a layer's tensors, by those of a GGUF file, where a family has no others. */
const LAYER_NAMES: Readonly<Record<string, string>> = {
  attn_norm: "input_layernorm",
  attn_q: "self_attn.q_proj",
  attn_k: "self_attn.k_proj",
  attn_v: "self_attn.v_proj",
  attn_qkv: "self_attn.qkv_proj",
  attn_output: "self_attn.o_proj",
  attn_q_norm: "self_attn.q_norm",
  attn_k_norm: "self_attn.k_norm",
  ffn_norm: "post_attention_layernorm",
  ffn_gate: "mlp.gate_proj",
  ffn_up: "mlp.up_proj",
  ffn_down: "mlp.down_proj",
  ffn_gate_inp: "block_sparse_moe.gate",
};

/** Names of an expert's tensors, by those of a GGUF file. */
const EXPERT_NAMES: Readonly<Record<string, string>> = {
  ffn_gate: "w1",
  ffn_down: "w2",
  ffn_up: "w3",
};

const LAYER_TENSOR = /^blk\.(\d+)\.(\w+)\.(weight|bias)$/;
const EXPERT_TENSOR = /^blk\.(\d+)\.(\w+)\.(\d+)\.weight$/;
const EXPERTS_TENSOR = /^blk\.(\d+)\.(\w+)_exps\.weight$/;

/**
 * Says what Hugging Face's code calls a tensor of a GGUF file.
 *
 * @param name The file's name.
 * @param layerNames Names of a layer's tensors that are the family's own.
 * @returns The name; the file's own where it is unknown.
 */
export function ggufTensorName(
  name: string,
  layerNames: Readonly<Record<string, string>>,
): string {
  const [, layer, part = "", kind] = LAYER_TENSOR.exec(name) ?? [];
  if (layer !== undefined) {
    const known = own(layerNames, part) ?? own(LAYER_NAMES, part);
    return known === undefined
      ? name
      : `model.layers.${layer}.${known}.${kind}`;
  }
  const [, expertLayer, expertPart = "", expert] = EXPERT_TENSOR.exec(name) ??
    [];
  if (expertLayer !== undefined) {
    return expertName(expertPart, { layer: expertLayer, expert }) ?? name;
  }
  const [, root = "", ending] = /^(\w+)(\.weight)$/.exec(name) ?? [];
  const known = own(MODEL_NAMES, root);
  return known === undefined ? name : `${known}${ending}`;
}

/**
 * Says what Hugging Face's code calls the experts that a tensor of a GGUF file holds one after
 * another.
 *
 * @param name The file's name.
 * @returns The name of each by its number, or `null` where it holds no experts.
 */
export function ggufExpertNames(
  name: string,
): ((expert: number) => string) | null {
  const [, layer, part = ""] = EXPERTS_TENSOR.exec(name) ?? [];
  if (layer === undefined || expertName(part, { layer }) === undefined) {
    return null;
  }
  return (expert) => expertName(part, { layer, expert }) ?? name;
}

function expertName(
  part: string,
  { layer, expert = 0 }: {
    readonly layer: string;
    readonly expert?: string | number | undefined;
  },
): string | undefined {
  const known = own(EXPERT_NAMES, part);
  return known &&
    `model.layers.${layer}.block_sparse_moe.experts.${expert}.${known}.weight`;
}

function own(
  names: Readonly<Record<string, string>>,
  key: string,
): string | undefined {
  return Object.hasOwn(names, key) ? names[key] : undefined;
}
