import type { ConfigEntries, GgufFamily, GgufFields } from "./gguf_family.ts";
import { ggufEosTokenIds } from "./gguf_eos.ts";
import { ggufHeadDim } from "./gguf_head_dim.ts";
import { ggufTokenId } from "./gguf_token_id.ts";
import type { JsonObject, JsonValue } from "./json.ts";

/** What a GGUF file's configuration follows from besides its metadata. */
export interface GgufConfigOptions {
  /** How files of the architecture differ from others. */
  readonly family: GgufFamily;
  /** Rows of the embedding. */
  readonly vocabSize: number;
  /** Names of the tensors, as Hugging Face's code calls them. */
  readonly names: ReadonlySet<string>;
  /** Numbers of the tensors that frequencies are divided by, by the tensors' names. */
  readonly factors: ReadonlyMap<string, readonly number[]>;
}

const COUNT = { min: 1, max: 2 ** 31 };
const NUMBER = { min: 0, max: 1e15, isAboveMin: true };
const FIRST_LAYER = "model.layers.0.";

/**
 * Says in the form of a `config.json` what a GGUF file's metadata says of its model.
 *
 * Source: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 *
 * @param metadata The metadata, checked to be of a supported architecture.
 * @param options What else it follows from.
 * @throws {TypeError | RangeError} A value is missing, of the wrong type or out of range.
 */
export function ggufConfigJson(
  metadata: GgufFields,
  options: GgufConfigOptions,
): JsonObject {
  const { family, names, vocabSize } = options;
  const { fields } = metadata;
  const entries: ConfigEntries = {
    architectures: [family.architecture],
    model_type: family.modelType,
    vocab_size: vocabSize,
    ...readSizes(metadata),
    ...readRope(metadata, options),
    tie_word_embeddings: !names.has("lm_head.weight"),
    attention_bias: names.has(`${FIRST_LAYER}self_attn.q_proj.bias`),
    mlp_bias: names.has(`${FIRST_LAYER}mlp.up_proj.bias`),
    bos_token_id: ggufTokenId(fields, "tokenizer.ggml.bos_token_id"),
    eos_token_id: ggufEosTokenIds(fields),
    ...family.readConfig?.(metadata),
  };
  const isSaid = ([, value]: [string, JsonValue]) => value !== null;
  // A window that is not there is said so: where nothing is, some families have one.
  return new Map(
    Object.entries(entries).filter((entry) =>
      isSaid(entry) || entry[0] === "sliding_window"
    ),
  );
}

function readSizes({ fields, key }: GgufFields): ConfigEntries {
  const numHeads = fields.integer(key("attention.head_count"), COUNT);
  const headDim = ggufHeadDim({ fields, key });
  const valueDim = fields.optionalInteger(key("attention.value_length"), COUNT);
  if (valueDim !== null && valueDim !== headDim) {
    fields.failRange(key("attention.value_length"), `a key's, ${headDim}`);
  }
  return {
    hidden_size: fields.integer(key("embedding_length"), COUNT),
    intermediate_size: fields.integer(key("feed_forward_length"), COUNT),
    num_hidden_layers: fields.integer(key("block_count"), COUNT),
    num_attention_heads: numHeads,
    num_key_value_heads: fields.optionalInteger(
      key("attention.head_count_kv"),
      COUNT,
    ) ?? numHeads,
    head_dim: headDim,
    max_position_embeddings: fields.integer(key("context_length"), COUNT),
    rms_norm_eps: fields.number(
      key("attention.layer_norm_rms_epsilon"),
      NUMBER,
    ),
  };
}

function readRope(
  { fields, key }: GgufFields,
  { factors }: GgufConfigOptions,
): ConfigEntries {
  const headDim = ggufHeadDim({ fields, key });
  const rotated = fields.optionalInteger(key("rope.dimension_count"), COUNT);
  return {
    rope_theta: fields.optionalNumber(key("rope.freq_base"), NUMBER) ?? 10000,
    partial_rotary_factor: rotated === null || rotated === headDim
      ? null
      : rotated / headDim,
    rope_scaling: readScaling({ fields, key }, factors),
  };
}

/** Frequencies divided each by its own factor are Hugging Face's `longrope`, whoever computed the factors. */
function readScaling(
  { fields, key }: GgufFields,
  factors: ReadonlyMap<string, readonly number[]>,
): JsonObject | null {
  const all = factors.get("rope_freqs.weight");
  const short = all ?? factors.get("rope_factors_short.weight");
  const long = all ?? factors.get("rope_factors_long.weight");
  if (short !== undefined && long !== undefined) {
    const original = key("rope.scaling.original_context_length");
    return new Map<string, JsonValue>([
      ["rope_type", "longrope"],
      ["short_factor", short],
      ["long_factor", long],
      [
        "original_max_position_embeddings",
        fields.optionalInteger(original, COUNT) ??
          fields.integer(key("context_length"), COUNT),
      ],
      [
        "attention_factor",
        fields.optionalNumber(key("rope.scaling.attn_factor"), NUMBER) ?? 1,
      ],
    ]);
  }
  const type = fields.optionalString(key("rope.scaling.type")) ?? "none";
  const factor = fields.optionalNumber(key("rope.scaling.factor"), NUMBER) ??
    fields.optionalNumber(key("rope.scale_linear"), NUMBER) ?? 1;
  if (type === "none" && factor === 1) return null;
  return new Map<string, JsonValue>([
    ["rope_type", type === "none" ? "linear" : type],
    ["factor", factor],
  ]);
}
