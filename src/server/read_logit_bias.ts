import type { Fields } from "./fields.ts";
import { readNumber } from "./fields.ts";
import { refuseType, refuseValue } from "./field_errors.ts";

/** Most tokens that a request may favour or not. */
const MAX_BIASES = 1024;
/** Of the OpenAI API. */
const MAX_BIAS = 100;

/**
 * Reads the field `logit_bias`: numbers by token id.
 *
 * @param fields The request's.
 * @param vocabSize Ids that there are.
 * @returns What to add to the logits of tokens; undefined where nothing is said.
 * @throws {ApiError} It is not that.
 */
export function readLogitBias(
  fields: Fields,
  vocabSize: number,
): ReadonlyMap<number, number> | undefined {
  const value = fields.any("logit_bias");
  if (value === undefined) return undefined;
  const param = fields.param("logit_bias");
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return refuseType(param, { expected: "an object", found: value });
  }
  const entries = Object.entries(value);
  if (entries.length > MAX_BIASES) {
    refuseValue(param, {
      rule: `at most ${MAX_BIASES} tokens`,
      found: entries.length,
    });
  }
  return new Map(entries.map(([key, bias]: [string, unknown]) => {
    const id = /^\d{1,10}$/.test(key) ? Number(key) : NaN;
    if (!(id < vocabSize)) {
      refuseValue(param, {
        rule: `token ids in [0, ${vocabSize - 1}] as keys`,
        found: key,
      });
    }
    return [
      id,
      readNumber(`${param}.${key}`, bias, { min: -MAX_BIAS, max: MAX_BIAS }),
    ];
  }));
}
