import type { Family } from "./family.ts";
import { readRopeConfig } from "../rope_scaling.ts";

/** Llama 2, 3 and 3.x. Source: Touvron et al. 2023 (arXiv 2302.13971); Hugging Face's `LlamaConfig`. */
export const LLAMA: Family = {
  modelType: "llama",
  architecture: "LlamaForCausalLM",
  required: [],
  isTied: false,
  activation: "silu",
  readRope: readRopeConfig,
  readFeatures: (fields) => {
    const attentionBias = fields.optionalBoolean("attention_bias") ?? false;
    return {
      attentionBias,
      outputBias: attentionBias,
      mlpBias: fields.optionalBoolean("mlp_bias") ?? false,
    };
  },
};
