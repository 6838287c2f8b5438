import { ConfigFields } from "./config_fields.ts";
import type { JsonObject } from "./json.ts";
import { readRopeConfig, type RopeScaling } from "./rope_scaling.ts";

/** A Llama-family model's `config.json`, checked; names are Hugging Face's in camel case. */
export interface ModelConfig {
  /** `V`, rows of the embedding and of the language-model head. */
  readonly vocabSize: number;
  /** `D`, the width of a token's hidden state. */
  readonly hiddenSize: number;
  /** `F`, the width inside the feed-forward network. */
  readonly intermediateSize: number;
  /** Number of decoder layers. */
  readonly numHiddenLayers: number;
  /** `H`, query heads. */
  readonly numAttentionHeads: number;
  /** `G`, key/value heads; divides `numAttentionHeads`. */
  readonly numKeyValueHeads: number;
  /** `E`, the size of one head; even. */
  readonly headDim: number;
  /** Positions the model was made for. */
  readonly maxPositionEmbeddings: number;
  /** Added to the mean square in every norm. */
  readonly rmsNormEps: number;
  /** Base of the rotary frequencies. */
  readonly ropeTheta: number;
  /** How the rotary frequencies are stretched. */
  readonly ropeScaling: RopeScaling | null;
  /** The language-model head is the embedding. */
  readonly tieWordEmbeddings: boolean;
  /** Query, key, value and output projections have biases. */
  readonly attentionBias: boolean;
  /** Gate, up and down projections have biases. */
  readonly mlpBias: boolean;
  /** Starts a text. */
  readonly bosTokenId: number | null;
  /** Each ends a text. */
  readonly eosTokenIds: readonly number[];
}

const ARCHITECTURES: readonly string[] = ["LlamaForCausalLM"];
const MODEL_TYPES: readonly string[] = ["llama"];

// Several times the largest models that exist: what is beyond is a broken file.
const VOCAB_SIZE = { min: 1, max: 2 ** 22 };
const WIDTH = { min: 1, max: 2 ** 20 };
const LAYERS = { min: 1, max: 1024 };
const HEADS = { min: 1, max: 1024 };
const HEAD_DIM = { min: 2, max: 1024 };
const POSITIONS = { min: 1, max: 2 ** 27 };
const EPS = { min: 0, max: 1, isAboveMin: true };

/**
 * Reads a model's configuration from the object in its `config.json`.
 *
 * What the file does not say is what Hugging Face's `LlamaConfig` makes of it: as many key/value
 * heads as query heads, heads that divide the hidden size, no biases, an untied head.
 *
 * @param json The file's content.
 * @param file The file, as error messages name it.
 * @throws {TypeError} A field is missing or of the wrong type.
 * @throws {RangeError} A field has an unsupported value.
 */
export function parseModelConfig(json: JsonObject, file: string): ModelConfig {
  const fields = new ConfigFields(json, { file });
  checkArchitecture(fields);
  const vocabSize = fields.integer("vocab_size", VOCAB_SIZE);
  const tokenIds = { min: 0, max: vocabSize - 1 };
  return {
    vocabSize,
    hiddenSize: fields.integer("hidden_size", WIDTH),
    intermediateSize: fields.integer("intermediate_size", WIDTH),
    numHiddenLayers: fields.integer("num_hidden_layers", LAYERS),
    ...readHeads(fields),
    maxPositionEmbeddings: fields.integer("max_position_embeddings", POSITIONS),
    rmsNormEps: fields.number("rms_norm_eps", EPS),
    ...readRopeConfig(fields),
    tieWordEmbeddings: fields.optionalBoolean("tie_word_embeddings") ?? false,
    attentionBias: fields.optionalBoolean("attention_bias") ?? false,
    mlpBias: fields.optionalBoolean("mlp_bias") ?? false,
    bosTokenId: fields.optionalInteger("bos_token_id", tokenIds),
    eosTokenIds: [...new Set(fields.integers("eos_token_id", tokenIds))],
  };
}

function checkArchitecture(fields: ConfigFields): void {
  const architectures = fields.optionalStrings("architectures");
  const modelType = fields.optionalString("model_type");
  const rule = `a list with one of ${ARCHITECTURES.join(", ")}`;
  if (architectures === null && modelType === null) {
    fields.fail("architectures", rule);
  }
  if (architectures?.every((name) => !ARCHITECTURES.includes(name))) {
    fields.failRange("architectures", rule);
  }
  if (modelType !== null && !MODEL_TYPES.includes(modelType)) {
    fields.failRange("model_type", MODEL_TYPES.join(" or "));
  }
  const hiddenAct = fields.optionalString("hidden_act") ?? "silu";
  if (hiddenAct !== "silu") fields.failRange("hidden_act", "silu");
  if (fields.optionalFields("quantization_config") !== null) {
    fields.failRange("quantization_config", "absent");
  }
}

function readHeads(
  fields: ConfigFields,
): Pick<
  ModelConfig,
  "numAttentionHeads" | "numKeyValueHeads" | "headDim"
> {
  const numAttentionHeads = fields.integer("num_attention_heads", HEADS);
  const numKeyValueHeads =
    fields.optionalInteger("num_key_value_heads", HEADS) ?? numAttentionHeads;
  if (numAttentionHeads % numKeyValueHeads !== 0) {
    const rule = `a divisor of "num_attention_heads", ${numAttentionHeads}`;
    fields.failRange("num_key_value_heads", rule);
  }
  const hiddenSize = fields.integer("hidden_size", WIDTH);
  const explicit = fields.optionalInteger("head_dim", HEAD_DIM);
  const headDim = explicit ?? hiddenSize / numAttentionHeads;
  if (explicit !== null && headDim % 2 !== 0) {
    fields.failRange("head_dim", "even");
  }
  if (headDim % 2 !== 0 || headDim > HEAD_DIM.max) {
    const rule =
      `${numAttentionHeads} times an even number up to ${HEAD_DIM.max}, as "head_dim" is absent`;
    fields.failRange("hidden_size", rule);
  }
  return { numAttentionHeads, numKeyValueHeads, headDim };
}
