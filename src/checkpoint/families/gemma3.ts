import { readLayerWindows, readWindow } from "./layer_windows.ts";
import {
  readRopeConfig,
  readRopeParameters,
  type RopeConfig,
  THETA,
} from "../rope_scaling.ts";
import type { ConfigFields } from "../config_fields.ts";
import type { Family } from "./family.ts";
import { readGemmaFeatures } from "./gemma2.ts";

const LAYERS = { min: 1, max: 1024 };
const GLOBAL_THETA = 1e6;
const LOCAL_THETA = 1e4;

/**
 * Gemma 3's text model: norms of query and key heads, and a window and a rotation of their own in all layers but
 * every sixth. Source: arXiv 2503.19786; Hugging Face's `Gemma3TextConfig`.
 */
export const GEMMA3: Family = {
  modelType: "gemma3_text",
  architecture: "Gemma3ForCausalLM",
  required: [
    "num_key_value_heads",
    "head_dim",
    "query_pre_attn_scalar",
    "sliding_window",
  ],
  isTied: true,
  activation: "gelu_pytorch_tanh",
  readRope: (fields) => readRopes(fields).global,
  readFeatures: (fields, sizes) => {
    if (fields.optionalBoolean("use_bidirectional_attention")) {
      fields.failRange("use_bidirectional_attention", "false or absent");
    }
    const period = readPeriod(fields);
    return {
      ...readGemmaFeatures(fields, sizes),
      hasQkNorm: true,
      layerWindows: readLayerWindows(fields, {
        numHiddenLayers: sizes.numHiddenLayers,
        window: readWindow(fields),
        isLocal: (layer) => (layer + 1) % period !== 0,
      }),
      localRope: readRopes(fields).local,
    };
  },
};

function readPeriod(fields: ConfigFields): number {
  return fields.optionalInteger("sliding_window_pattern", LAYERS) ??
    fields.optionalInteger("_sliding_window_pattern", LAYERS) ?? 6;
}

/** Newer files have both rotations in `rope_parameters`, by the kind of layer. */
function readRopes(
  fields: ConfigFields,
): { readonly global: RopeConfig; readonly local: RopeConfig } {
  const parameters = fields.optionalFields("rope_parameters");
  if (parameters === null) {
    const local = fields.optionalNumber("rope_local_base_freq", THETA);
    return {
      global: readRopeConfig(fields, GLOBAL_THETA),
      local: { ropeTheta: local ?? LOCAL_THETA, ropeScaling: null },
    };
  }
  const read = (kind: string, defaultTheta: number): RopeConfig => {
    const inner = parameters.optionalFields(kind) ??
      parameters.fail(kind, "an object");
    return readRopeParameters(inner, fields, { defaultTheta });
  };
  return {
    global: read("full_attention", GLOBAL_THETA),
    local: read("sliding_attention", LOCAL_THETA),
  };
}
