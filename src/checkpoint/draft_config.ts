import { ConfigFields } from "./config_fields.ts";
import type { JsonObject } from "./json.ts";
import { readRopeConfig, type RopeScaling } from "./rope_scaling.ts";

/**
 * A drafter's `config.json`, checked; names are Hugging Face's in camel case. What the tensors say
 * is not here: the feed-forward size, the number of experts, the kind of drafter.
 */
export interface DraftConfig {
  /** `V`, rows of the target's embedding. */
  readonly vocabSize: number;
  /** Rows of the drafter's own head, where the configuration says. */
  readonly draftVocabSize: number | null;
  /** `D`, the width of the drafter's hidden state. */
  readonly hiddenSize: number;
  /** The width of the target's hidden states; `hiddenSize` unless the configuration says. */
  readonly targetHiddenSize: number;
  /** `H`, query heads. */
  readonly numAttentionHeads: number;
  /** `G`, key/value heads; divides `numAttentionHeads`. */
  readonly numKeyValueHeads: number;
  /** `E`, the size of one head; even. */
  readonly headDim: number;
  /** Positions the drafter was made for, where the configuration says. */
  readonly maxPositionEmbeddings: number | null;
  /** Added to the mean square in every norm. */
  readonly rmsNormEps: number;
  /** Base of the rotary frequencies; not inherited from the target. */
  readonly ropeTheta: number;
  /** How the rotary frequencies are stretched. */
  readonly ropeScaling: RopeScaling | null;
  /** `fc` has a bias, in kinds that take the embedding through it. */
  readonly bias: boolean;
  /** Query, key and value projections have biases. */
  readonly qkvBias: boolean;
  /** EAGLE-3: the attention's output is added to the normed hidden state. */
  readonly normBeforeResidual: boolean;
  /** EAGLE-3: `fc` joins states of several target layers; else the last one is the input. */
  readonly hasTaps: boolean;
  /** EAGLE-3: target layers whose inputs `fc` joins, where the configuration says. */
  readonly tapLayerIds: readonly number[] | null;
}

// Several times the largest models that exist: what is beyond is a broken file.
const VOCAB_SIZE = { min: 1, max: 2 ** 22 };
const WIDTH = { min: 1, max: 2 ** 20 };
const HEADS = { min: 1, max: 1024 };
const HEAD_DIM = { min: 2, max: 1024 };
const POSITIONS = { min: 1, max: 2 ** 27 };
const LAYER_ID = { min: 0, max: 1023 };
const EPS = { min: 0, max: 1, isAboveMin: true };

/**
 * Reads a drafter's configuration from the object in its `config.json`.
 *
 * What the file does not say is what EAGLE's code makes of it: as many key/value heads as query
 * heads, heads that divide the hidden size, a rotary base of 10,000, a bias of `fc` and no others.
 *
 * @param json The file's content.
 * @param file The file, as error messages name it.
 * @throws {TypeError} A field is missing or of the wrong type.
 * @throws {RangeError} A field has an unsupported value.
 */
export function parseDraftConfig(json: JsonObject, file: string): DraftConfig {
  const fields = new ConfigFields(json, { file });
  checkSupported(fields);
  const hiddenSize = fields.integer("hidden_size", WIDTH);
  return {
    vocabSize: fields.integer("vocab_size", VOCAB_SIZE),
    draftVocabSize: fields.optionalInteger("draft_vocab_size", VOCAB_SIZE),
    hiddenSize,
    targetHiddenSize: fields.optionalInteger("target_hidden_size", WIDTH) ??
      hiddenSize,
    ...readHeads(fields, hiddenSize),
    maxPositionEmbeddings: fields.optionalInteger(
      "max_position_embeddings",
      POSITIONS,
    ),
    rmsNormEps: fields.number("rms_norm_eps", EPS),
    ...readRopeConfig(fields),
    bias: fields.optionalBoolean("bias") ?? true,
    qkvBias: fields.optionalBoolean("qkv_bias") ?? false,
    normBeforeResidual: fields.optionalBoolean("norm_before_residual") ?? false,
    ...readTaps(fields),
  };
}

function checkSupported(fields: ConfigFields): void {
  fields.optionalInteger("num_hidden_layers", { min: 1, max: 1 });
  const hiddenAct = fields.optionalString("hidden_act") ?? "silu";
  if (hiddenAct !== "silu") fields.failRange("hidden_act", "silu");
  for (const key of ["norm_before_fc", "norm_output"]) {
    if (fields.optionalBoolean(key)) fields.failRange(key, "false or absent");
  }
  if (fields.optionalFields("quantization_config") !== null) {
    fields.failRange("quantization_config", "absent");
  }
}

function readHeads(
  fields: ConfigFields,
  hiddenSize: number,
): Pick<DraftConfig, "numAttentionHeads" | "numKeyValueHeads" | "headDim"> {
  const numAttentionHeads = fields.integer("num_attention_heads", HEADS);
  const numKeyValueHeads =
    fields.optionalInteger("num_key_value_heads", HEADS) ?? numAttentionHeads;
  if (numAttentionHeads % numKeyValueHeads !== 0) {
    const rule = `a divisor of "num_attention_heads", ${numAttentionHeads}`;
    fields.failRange("num_key_value_heads", rule);
  }
  const explicit = fields.optionalInteger("head_dim", HEAD_DIM);
  const headDim = explicit ?? hiddenSize / numAttentionHeads;
  if (headDim % 2 !== 0 || headDim > HEAD_DIM.max) {
    if (explicit !== null) fields.failRange("head_dim", "even");
    const rule =
      `${numAttentionHeads} times an even number up to ${HEAD_DIM.max}, as "head_dim" is absent`;
    fields.failRange("hidden_size", rule);
  }
  return { numAttentionHeads, numKeyValueHeads, headDim };
}

/**
 * Reads which hidden states of the target an EAGLE-3 drafter takes. At the top level the list names
 * layers by their inputs, as vLLM reads it; in `eagle_config` by their outputs, as SGLang does.
 */
function readTaps(
  fields: ConfigFields,
): Pick<DraftConfig, "hasTaps" | "tapLayerIds"> {
  const key = "eagle_aux_hidden_state_layer_ids";
  const inner = fields.optionalFields("eagle_config");
  const inputs = fields.integers(key, LAYER_ID);
  const outputs = inner?.integers(key, LAYER_ID) ?? [];
  if (inputs.length > 0 && outputs.length > 0) {
    fields.fail(key, 'absent beside that of "eagle_config"');
  }
  const ids = [...inputs, ...outputs.map((id) => id + 1)];
  return {
    hasTaps: inner?.optionalBoolean("use_aux_hidden_state") ?? true,
    tapLayerIds: ids.length === 0 ? null : ids,
  };
}
