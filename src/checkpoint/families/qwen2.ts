import type { ConfigFields } from "../config_fields.ts";
import type { Family } from "./family.ts";
import { readLayerWindows, readWindow } from "./layer_windows.ts";
import { readRopeConfig } from "../rope_scaling.ts";

const LAYERS = { min: 0, max: 1024 };

/**
 * Qwen2 and Qwen2.5: biases of queries, keys and values. Source: arXiv 2407.10671; Hugging Face's
 * `Qwen2Config`.
 */
export const QWEN2: Family = {
  modelType: "qwen2",
  architecture: "Qwen2ForCausalLM",
  required: ["num_key_value_heads"],
  isTied: false,
  activation: "silu",
  readRope: readRopeConfig,
  readFeatures: (fields, { numHiddenLayers }) => ({
    attentionBias: true,
    layerWindows: readUpperWindows(fields, numHiddenLayers),
  }),
};

/**
 * Reads the windows of a Qwen: unless they are switched on there are none, and then the layers from
 * `max_window_layers` on have one.
 *
 * @param fields The configuration.
 * @param numHiddenLayers Number of layers.
 * @returns Positions that each layer attends to; null: all.
 */
export function readUpperWindows(
  fields: ConfigFields,
  numHiddenLayers: number,
): readonly (number | null)[] {
  const isOn = fields.optionalBoolean("use_sliding_window") ?? false;
  const first = fields.optionalInteger("max_window_layers", LAYERS) ?? 28;
  return readLayerWindows(fields, {
    numHiddenLayers,
    window: isOn ? readWindow(fields) : null,
    isLocal: (layer) => layer >= first,
  });
}
