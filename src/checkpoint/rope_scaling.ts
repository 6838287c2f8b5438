import type { ConfigFields } from "./config_fields.ts";

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
const THETA = { min: 0, max: 1e15, isAboveMin: true };
const POSITIONS = { min: 1, max: 2 ** 27 };

/**
 * Reads the rotary embedding from `rope_theta` and `rope_scaling`, or from `rope_parameters`, where
 * newer configurations have both. A value found in two places must be the same in both.
 *
 * @throws {TypeError | RangeError} A field is of another type, out of range or contradictory.
 */
export function readRopeConfig(config: ConfigFields): RopeConfig {
  const parameters = config.optionalFields("rope_parameters");
  const scaling = config.optionalFields("rope_scaling");
  if (parameters !== null && scaling !== null) {
    config.fail("rope_scaling", 'absent beside "rope_parameters"');
  }
  for (const fields of [config, parameters, scaling]) {
    fields?.optionalNumber("partial_rotary_factor", { min: 1, max: 1 });
  }
  const theta = config.optionalNumber("rope_theta", THETA);
  const innerTheta = parameters?.optionalNumber("rope_theta", THETA) ?? theta;
  if (theta !== null && theta !== innerTheta) {
    config.failRange("rope_theta", `that of "rope_parameters", ${innerTheta}`);
  }
  const fields = parameters ?? scaling;
  return {
    ropeTheta: innerTheta ?? 10000,
    ropeScaling: fields === null ? null : readRopeScaling(fields),
  };
}

function readRopeScaling(fields: ConfigFields): RopeScaling | null {
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
  const rule = "default, linear or llama3";
  if (type === null) return fields.fail("rope_type", rule);
  return fields.failRange(legacyType === null ? "rope_type" : "type", rule);
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
