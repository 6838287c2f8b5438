import type { ConfigEntries, GgufFields } from "./gguf_family.ts";
import { ggufWindow } from "./gguf_window.ts";

const COUNT = { min: 1, max: 2 ** 31 };
const PERIOD = { min: 0, max: 1024 };
const NUMBER = { min: 0, max: 1e15, isAboveMin: true };

/** Number of layers of the one size of each Gemma whose attention is scaled by other than the head's size. */
const LAYERS_27B: Readonly<Record<"gemma2" | "gemma3", number>> = {
  gemma2: 46,
  gemma3: 62,
};

/**
 * Reads what Gemma 2 and 3 have of their own.
 *
 * Which layers have a window, and the rotation of those, files mostly leave to their reader.
 *
 * Source: `src/models/gemma2.cpp` and `gemma3.cpp` of llama.cpp.
 *
 * @param metadata The file's metadata.
 * @param architecture Which of them it is.
 * @returns Fields of its `config.json`.
 * @throws {TypeError | RangeError} A value is missing, of the wrong type or out of range.
 */
export function readGgufGemma(
  metadata: GgufFields,
  architecture: "gemma2" | "gemma3",
): ConfigEntries {
  const { fields, key } = metadata;
  const hiddenSize = fields.integer(key("embedding_length"), COUNT);
  const numHeads = fields.integer(key("attention.head_count"), COUNT);
  const numLayers = fields.integer(key("block_count"), COUNT);
  return {
    sliding_window: ggufWindow(metadata),
    layer_types: readLayerTypes(metadata, numLayers),
    rope_local_base_freq: fields.optionalNumber(
      key("rope.freq_base_swa"),
      NUMBER,
    ),
    query_pre_attn_scalar: numLayers === LAYERS_27B[architecture]
      ? hiddenSize / numHeads
      : fields.integer(key("attention.key_length"), COUNT),
    hidden_activation: "gelu_pytorch_tanh",
  };
}

function readLayerTypes(
  { fields, key }: GgufFields,
  numLayers: number,
): readonly string[] | null {
  const name = key("attention.sliding_window_pattern");
  const period = fields.optionalInteger(name, PERIOD);
  if (period === null) return null;
  return Array.from(
    { length: numLayers },
    (_, layer) =>
      (layer + 1) % period === 0 ? "full_attention" : "sliding_attention",
  );
}
