import { readLayerWindows, readWindow } from "./layer_windows.ts";
import type { Family } from "./family.ts";
import { readRopeConfig } from "../rope_scaling.ts";

/** What stands for a window where the file has no such field; `null` in it means none. */
const DEFAULT_WINDOW = 4096;

/** Mistral: a window in every layer. Source: arXiv 2310.06825; Hugging Face's `MistralConfig`. */
export const MISTRAL: Family = {
  modelType: "mistral",
  architecture: "MistralForCausalLM",
  required: ["num_key_value_heads"],
  isTied: false,
  activation: "silu",
  readRope: readRopeConfig,
  readFeatures: (fields, { numHiddenLayers }) => ({
    layerWindows: readLayerWindows(fields, {
      numHiddenLayers,
      window: fields.has("sliding_window")
        ? readWindow(fields)
        : DEFAULT_WINDOW,
      isLocal: () => true,
    }),
  }),
};
