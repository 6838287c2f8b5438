import { readLayerWindows, readWindow } from "./layer_windows.ts";
import type { Family } from "./family.ts";
import { readRopeConfig } from "../rope_scaling.ts";

const THETA = 1e6;
const EXPERTS = { min: 2, max: 64 };

/** Mixtral: a token takes some of several experts. Source: arXiv 2401.04088; Hugging Face's `MixtralConfig`. */
export const MIXTRAL: Family = {
  modelType: "mixtral",
  architecture: "MixtralForCausalLM",
  required: [
    "num_key_value_heads",
    "num_local_experts",
    "num_experts_per_tok",
  ],
  isTied: false,
  activation: "silu",
  readRope: (fields) => readRopeConfig(fields, THETA),
  readFeatures: (fields, { numHiddenLayers }) => {
    const numExperts = fields.integer("num_local_experts", EXPERTS);
    return {
      experts: {
        numExperts,
        numChosen: fields.integer("num_experts_per_tok", {
          min: 1,
          max: Math.min(numExperts, 8),
        }),
      },
      layerWindows: readLayerWindows(fields, {
        numHiddenLayers,
        window: readWindow(fields),
        isLocal: () => true,
      }),
    };
  },
};
