import { ConfigFields } from "./config_fields.ts";
import {
  completeFeatures,
  type Family,
  type FamilyFeatures,
} from "./families/family.ts";
import { findFamily } from "./families/find_family.ts";
import type { JsonObject } from "./json.ts";
import type { RopeScaling } from "./rope_scaling.ts";

/** A model's `config.json`, checked; names are Hugging Face's in camel case. */
export interface ModelConfig extends FamilyFeatures {
  /** Its `model_type`: the family whose definition it follows. */
  readonly modelType: string;
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
  /** Starts a text. */
  readonly bosTokenId: number | null;
  /** Each ends a text. */
  readonly eosTokenIds: readonly number[];
}

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
 * What the file does not say is what Hugging Face's configuration of its family makes of it: as a rule as many
 * key/value heads as query heads, heads that divide the hidden size, no biases, an untied head.
 *
 * @param json The file's content.
 * @param file The file, as error messages name it.
 * @throws {TypeError} A field is missing or of the wrong type.
 * @throws {RangeError} A field has an unsupported value.
 */
export function parseModelConfig(json: JsonObject, file: string): ModelConfig {
  const fields = new ConfigFields(json, { file });
  const family = findFamily(fields);
  checkSupported(fields, family);
  const vocabSize = fields.integer("vocab_size", VOCAB_SIZE);
  const tokenIds = { min: 0, max: vocabSize - 1 };
  const sizes = {
    hiddenSize: fields.integer("hidden_size", WIDTH),
    numHiddenLayers: fields.integer("num_hidden_layers", LAYERS),
    ...readHeads(fields),
  };
  return {
    modelType: family.modelType,
    vocabSize,
    ...sizes,
    intermediateSize: fields.integer("intermediate_size", WIDTH),
    maxPositionEmbeddings: fields.integer("max_position_embeddings", POSITIONS),
    rmsNormEps: fields.number("rms_norm_eps", EPS),
    ...family.readRope(fields),
    tieWordEmbeddings: fields.optionalBoolean("tie_word_embeddings") ??
      family.isTied,
    ...completeFeatures(sizes, family.readFeatures(fields, sizes)),
    bosTokenId: fields.optionalInteger("bos_token_id", tokenIds),
    eosTokenIds: [...new Set(fields.integers("eos_token_id", tokenIds))],
  };
}

function checkSupported(fields: ConfigFields, family: Family): void {
  for (const key of ["hidden_act", "hidden_activation"]) {
    const name = fields.optionalString(key) ?? family.activation;
    if (name !== family.activation) fields.failRange(key, family.activation);
  }
  if (fields.optionalFields("quantization_config") !== null) {
    fields.failRange("quantization_config", "absent");
  }
  for (const key of family.required) {
    if (!fields.has(key)) fields.fail(key, `there in a ${family.modelType}`);
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
