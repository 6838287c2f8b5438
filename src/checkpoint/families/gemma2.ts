import { readLayerWindows, readWindow } from "./layer_windows.ts";
import type { ConfigFields } from "../config_fields.ts";
import type { Family, FamilyFeatures, FamilySizes } from "./family.ts";
import { readRopeConfig } from "../rope_scaling.ts";

const POSITIVE = { min: 0, max: 1e6, isAboveMin: true };

/**
 * Gemma 2: what all Gemmas have, soft caps, and a window in every other layer, beginning with the first. Source:
 * arXiv 2408.00118; Hugging Face's `Gemma2Config`.
 */
export const GEMMA2: Family = {
  modelType: "gemma2",
  architecture: "Gemma2ForCausalLM",
  required: [
    "num_key_value_heads",
    "head_dim",
    "query_pre_attn_scalar",
    "sliding_window",
  ],
  isTied: true,
  activation: "gelu_pytorch_tanh",
  readRope: readRopeConfig,
  readFeatures: (fields, sizes) => ({
    ...readGemmaFeatures(fields, sizes),
    layerWindows: readLayerWindows(fields, {
      numHiddenLayers: sizes.numHiddenLayers,
      window: readWindow(fields),
      isLocal: (layer) => layer % 2 === 0,
    }),
  }),
};

/**
 * Reads what Gemma 2 and 3 have in common: four norms a layer, each of weight `1 + w`, embeddings scaled by
 * `sqrt(D)`, a scale of attention of their own, and perhaps soft caps.
 *
 * Hugging Face's code rounds `sqrt(D)` to the type of the activations. Here embeddings enter an f32 stream, so it is
 * the f32 number.
 *
 * @param fields The configuration.
 * @param sizes Sizes of the model.
 * @returns The features.
 */
export function readGemmaFeatures(
  fields: ConfigFields,
  sizes: FamilySizes,
): Partial<FamilyFeatures> {
  const attentionBias = fields.optionalBoolean("attention_bias") ?? false;
  return {
    attentionBias,
    outputBias: attentionBias,
    activation: "gelu_pytorch_tanh",
    normOffset: 1,
    hasPostNorms: true,
    embedScale: Math.fround(Math.sqrt(sizes.hiddenSize)),
    attentionScale: fields.number("query_pre_attn_scalar", POSITIVE) ** -0.5,
    attentionSoftCap: readSoftCap(fields, "attn_logit_softcapping"),
    finalSoftCap: readSoftCap(fields, "final_logit_softcapping"),
  };
}

function readSoftCap(fields: ConfigFields, key: string): number | null {
  return fields.optionalNumber(key, POSITIVE);
}
