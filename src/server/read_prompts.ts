import { type Fields, readNumber } from "./fields.ts";
import { refuseMissing, refuseType, refuseValue } from "./field_errors.ts";

/** A text, or ids taken as they are. */
export type Prompt = string | readonly number[];

/**
 * Reads a field that holds a text, ids, or a list of either.
 *
 * @param fields The request's.
 * @param name The field.
 * @param bounds Most prompts, and ids that there are.
 * @returns Prompts, and how each is named in errors.
 * @throws {ApiError} It holds something else.
 */
export function readPrompts(
  fields: Fields,
  name: string,
  bounds: { readonly maxInputs: number; readonly vocabSize: number },
): readonly { readonly prompt: Prompt; readonly param: string }[] {
  const value = fields.any(name) ?? refuseMissing(fields.param(name));
  const param = fields.param(name);
  if (typeof value === "string") return [{ prompt: value, param }];
  if (!Array.isArray(value)) return refuse(param, value);
  if (value.length === 0) {
    refuseValue(param, {
      rule: "at least one item",
      found: value,
      code: "empty_array",
    });
  }
  if (typeof value[0] === "number") {
    return [{ prompt: readIds(param, value, bounds.vocabSize), param }];
  }
  if (value.length > bounds.maxInputs) {
    refuseValue(param, {
      rule: `at most ${bounds.maxInputs} items`,
      found: value.length,
      code: "array_above_max_length",
    });
  }
  return value.map((item: unknown, index) => {
    const place = `${param}[${index}]`;
    const prompt = typeof item === "string"
      ? item
      : readIds(place, item, bounds.vocabSize);
    return { prompt, param: place };
  });
}

/**
 * Checks token ids.
 *
 * @param param The field that holds them, as errors name it.
 * @param value Anything.
 * @param vocabSize Ids that there are.
 * @returns The ids.
 * @throws {ApiError} They are not that.
 */
export function readIds(
  param: string,
  value: unknown,
  vocabSize: number,
): readonly number[] {
  if (!Array.isArray(value)) return refuse(param, value);
  const rule = { min: 0, max: vocabSize - 1, isInteger: true };
  return value.map((id: unknown, index) =>
    readNumber(`${param}[${index}]`, id, rule)
  );
}

function refuse(param: string, found: unknown): never {
  return refuseType(param, {
    expected: "a string, an array of token ids, or an array of either",
    found,
  });
}
