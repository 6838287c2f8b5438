import type { ConfigFields, NumberRange } from "./config_fields.ts";

/** How rotary frequencies are stretched beyond the lengths of pre-training. */
export type RopeScaling =
  | {
    /** All frequencies are divided by `factor`. */
    readonly type: "linear";
    readonly factor: number;
  }
  | {
    /** Low frequencies are divided by `factor`, high ones kept, those between interpolated. */
    readonly type: "llama3";
    readonly factor: number;
    readonly lowFreqFactor: number;
    readonly highFreqFactor: number;
    readonly originalMaxPositionEmbeddings: number;
  }
  | {
    /** Each frequency is divided by a factor of its own: which, depends on how long the context is. */
    readonly type: "longrope";
    /** `[E/2]`, for contexts up to the original one. */
    readonly shortFactor: readonly number[];
    /** `[E/2]`, for longer ones. */
    readonly longFactor: readonly number[];
    readonly originalMaxPositionEmbeddings: number;
    /** Rotated heads are multiplied by it. */
    readonly attentionFactor: number;
  };

/** The rotary embedding of a configuration. */
export interface RopeConfig {
  /** Base of the frequencies. */
  readonly ropeTheta: number;
  /** How they are stretched. */
  readonly ropeScaling: RopeScaling | null;
}

const FACTOR = { min: 1, max: 1e6 };
const FREQ_FACTOR = { min: 0, max: 1e6, isAboveMin: true };
/** Bases of frequencies that there can be. */
export const THETA: NumberRange = { min: 0, max: 1e15, isAboveMin: true };
const POSITIONS = { min: 1, max: 2 ** 27 };
const HEADS = { min: 1, max: 1024 };
const WIDTH = { min: 1, max: 2 ** 20 };
const DEFAULT_THETA = 10000;

/**
 * Reads the rotary embedding from `rope_theta` and `rope_scaling`, or from `rope_parameters`, where
 * newer configurations have both. A value found in two places must be the same in both.
 *
 * @param config The configuration.
 * @param defaultTheta The base where the file does not say.
 * @throws {TypeError | RangeError} A field is of another type, out of range or contradictory.
 */
export function readRopeConfig(
  config: ConfigFields,
  defaultTheta: number = DEFAULT_THETA,
): RopeConfig {
  const parameters = config.optionalFields("rope_parameters");
  const scaling = config.optionalFields("rope_scaling");
  if (parameters !== null && scaling !== null) {
    config.fail("rope_scaling", 'absent beside "rope_parameters"');
  }
  checkWhole(config);
  const theta = config.optionalNumber("rope_theta", THETA);
  const innerTheta = parameters?.optionalNumber("rope_theta", THETA) ?? theta;
  if (theta !== null && theta !== innerTheta) {
    config.failRange("rope_theta", `that of "rope_parameters", ${innerTheta}`);
  }
  const fields = parameters ?? scaling;
  return {
    ropeTheta: innerTheta ?? defaultTheta,
    ropeScaling: fields && readRopeScaling(fields, config),
  };
}

/**
 * Reads the rotary embedding from an object that has its base and how it is stretched.
 *
 * @param fields The object.
 * @param config The configuration that it is in.
 * @param defaultTheta The base where the object does not say.
 * @throws {TypeError | RangeError} A field is of another type or out of range.
 */
export function readRopeParameters(
  fields: ConfigFields,
  config: ConfigFields,
  { defaultTheta }: { readonly defaultTheta: number },
): RopeConfig {
  return {
    ropeTheta: fields.optionalNumber("rope_theta", THETA) ?? defaultTheta,
    ropeScaling: readRopeScaling(fields, config),
  };
}

/** Heads that are rotated in part are not supported. */
function checkWhole(fields: ConfigFields): void {
  fields.optionalNumber("partial_rotary_factor", { min: 1, max: 1 });
}

function readRopeScaling(
  fields: ConfigFields,
  config: ConfigFields,
): RopeScaling | null {
  checkWhole(fields);
  const legacyType = fields.optionalString("type");
  const type = fields.optionalString("rope_type") ?? legacyType;
  if (legacyType !== null && legacyType !== type) {
    fields.failRange("type", 'that of "rope_type"');
  }
  if (type === "default") return null;
  if (type === "linear") {
    return { type, factor: fields.number("factor", FACTOR) };
  }
  if (type === "llama3") return readLlama3Scaling(fields);
  if (type === "longrope") return readLongrope(fields, config);
  const rule = "default, linear, llama3 or longrope";
  if (type === null) return fields.fail("rope_type", rule);
  return fields.failRange(legacyType === null ? "rope_type" : "type", rule);
}

/**
 * Reads factors by frequency. Where the configuration itself says how long the original context was, how much longer
 * the model's is follows from it, whatever `factor` says, as in Hugging Face's code.
 *
 * Source: LongRoPE (arXiv 2402.13753); Hugging Face's `_compute_longrope_parameters`.
 */
function readLongrope(fields: ConfigFields, config: ConfigFields): RopeScaling {
  const key = "original_max_position_embeddings";
  const outer = config.optionalInteger(key, POSITIONS);
  const original = outer ?? fields.integer(key, POSITIONS);
  const ratio = config.integer("max_position_embeddings", POSITIONS) / original;
  const stated = fields.optionalNumber("factor", FACTOR);
  const factor = outer === null ? stated ?? ratio : ratio;
  const length = config.optionalInteger("head_dim", WIDTH) ??
    config.integer("hidden_size", WIDTH) /
      config.integer("num_attention_heads", HEADS);
  const factors = (name: string): readonly number[] =>
    fields.optionalNumbers(name, length / 2, FREQ_FACTOR) ??
      fields.fail(name, "a list");
  return {
    type: "longrope",
    shortFactor: factors("short_factor"),
    longFactor: factors("long_factor"),
    originalMaxPositionEmbeddings: original,
    attentionFactor: fields.optionalNumber("attention_factor", FREQ_FACTOR) ??
      (factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original))),
  };
}

function readLlama3Scaling(fields: ConfigFields): RopeScaling {
  const lowFreqFactor = fields.number("low_freq_factor", FREQ_FACTOR);
  const highFreqFactor = fields.number("high_freq_factor", FREQ_FACTOR);
  if (highFreqFactor <= lowFreqFactor) {
    fields.failRange("high_freq_factor", `above ${lowFreqFactor}`);
  }
  return {
    type: "llama3",
    factor: fields.number("factor", FACTOR),
    lowFreqFactor,
    highFreqFactor,
    originalMaxPositionEmbeddings: fields.integer(
      "original_max_position_embeddings",
      POSITIONS,
    ),
  };
}
