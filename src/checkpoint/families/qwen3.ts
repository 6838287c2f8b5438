import type { Family } from "./family.ts";
import { readRopeConfig } from "../rope_scaling.ts";
import { readUpperWindows } from "./qwen2.ts";

/**
 * Qwen3: norms of query and key heads, heads of a size of their own. Source: arXiv 2505.09388; Hugging
 * Face's `Qwen3Config`.
 */
export const QWEN3: Family = {
  modelType: "qwen3",
  architecture: "Qwen3ForCausalLM",
  required: ["num_key_value_heads", "head_dim"],
  isTied: false,
  activation: "silu",
  readRope: readRopeConfig,
  readFeatures: (fields, { numHiddenLayers }) => {
    const attentionBias = fields.optionalBoolean("attention_bias") ?? false;
    return {
      attentionBias,
      outputBias: attentionBias,
      hasQkNorm: true,
      layerWindows: readUpperWindows(fields, numHiddenLayers),
    };
  },
};
