import type { ConfigFields } from "./config_fields.ts";
import type { JsonObject, JsonValue } from "./json.ts";

const NUMBER = { min: 0, max: 2 ** 31 };
/** Digits that a 32-bit float was written with. */
const NUM_DIGITS = 7;
const KEYS: Readonly<Record<string, string>> = {
  temperature: "general.sampling.temp",
  top_p: "general.sampling.top_p",
  min_p: "general.sampling.min_p",
  repetition_penalty: "general.sampling.penalty_repeat",
};

/**
 * Says in the form of a `generation_config.json` what a GGUF file's metadata says of sampling.
 *
 * @param fields The metadata.
 * @throws {TypeError | RangeError} A value is of the wrong type or out of range.
 */
export function ggufGenerationJson(fields: ConfigFields): JsonObject {
  const json = new Map<string, JsonValue>();
  for (const [key, name] of Object.entries(KEYS)) {
    const value = fields.optionalNumber(name, NUMBER);
    if (value !== null) json.set(key, Number(value.toPrecision(NUM_DIGITS)));
  }
  const topK = fields.optionalInteger("general.sampling.top_k", NUMBER);
  if (topK !== null) json.set("top_k", topK);
  if (json.size > 0) json.set("do_sample", true);
  return json;
}
