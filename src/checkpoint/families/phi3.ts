import { readLayerWindows, readWindow } from "./layer_windows.ts";
import type { Family } from "./family.ts";
import { readRopeConfig } from "../rope_scaling.ts";

/**
 * Phi-3: projections that share a tensor, LongRoPE, a window in every layer. Source: arXiv 2404.14219;
 * Hugging Face's `Phi3Config`.
 */
export const PHI3: Family = {
  modelType: "phi3",
  architecture: "Phi3ForCausalLM",
  required: [],
  isTied: false,
  activation: "silu",
  readRope: readRopeConfig,
  readFeatures: (fields, { numHiddenLayers }) => ({
    hasFusedTensors: true,
    layerWindows: readLayerWindows(fields, {
      numHiddenLayers,
      window: readWindow(fields),
      isLocal: () => true,
    }),
  }),
};
