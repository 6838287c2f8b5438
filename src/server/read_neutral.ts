import type { Fields } from "./fields.ts";
import { refuseUnsupported } from "./field_errors.ts";

/** Values of a field that ask for nothing. */
type IsNeutral = (value: unknown) => boolean;

const ANY: IsNeutral = () => true;

/** Fields of the OpenAI API that have no meaning here, and which of their values may be sent all the same. */
const NEUTRAL: Readonly<Record<string, IsNeutral>> = {
  audio: () => false,
  function_call: () => false,
  functions: (value) => Array.isArray(value) && value.length === 0,
  metadata: ANY,
  modalities: (value) => Array.isArray(value) && value.every(isText),
  prediction: () => false,
  prompt_cache_key: ANY,
  prompt_cache_retention: ANY,
  reasoning_effort: () => false,
  safety_identifier: ANY,
  service_tier: (value) => value === "auto" || value === "default",
  store: (value) => value === false,
  verbosity: (value) => value === "medium",
  web_search_options: () => false,
};

function isText(value: unknown): boolean {
  return value === "text";
}

/**
 * Reads the fields of the OpenAI API that have no meaning here: labels are taken, wishes are not.
 *
 * @param fields The request's.
 * @throws {ApiError} One asks for what there is not.
 */
export function readNeutral(fields: Fields): void {
  for (const [name, isNeutral] of Object.entries(NEUTRAL)) {
    const value = fields.any(name);
    if (value !== undefined && !isNeutral(value)) {
      refuseUnsupported(fields.param(name), "is not supported by this server");
    }
  }
}
