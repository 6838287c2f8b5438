import { describeJson, type JsonObject, type JsonValue } from "./json.ts";
import { quote } from "./quote.ts";

/** Bounds of a number, both included unless said otherwise. */
export interface NumberRange {
  /** The smallest number. */
  readonly min: number;
  /** The largest number. */
  readonly max: number;
  /** Excludes `min` itself. */
  readonly isAboveMin?: boolean;
}

/**
 * Reads the fields of a JSON configuration object, each with its type and range checked.
 *
 * A field that is absent or `null` is an error, or reads as `null` where the method is `optional`.
 */
export class ConfigFields {
  readonly #object: JsonObject;
  readonly #file: string;
  readonly #path: string;

  /** Reads `object`, which is in `file`; `path` is where, such as `rope_scaling.`. */
  constructor(
    object: JsonObject,
    { file, path = "" }: { readonly file: string; readonly path?: string },
  ) {
    this.#object = object;
    this.#file = file;
    this.#path = path;
  }

  /** Whether there is such a field, if only a `null`. */
  has(key: string): boolean {
    return this.#object.has(key);
  }

  /** An integer in a range. */
  integer(key: string, range: NumberRange): number {
    const rule = `an integer in ${rangeText(range)}`;
    return this.optionalInteger(key, range) ?? this.fail(key, rule);
  }

  /** An integer in a range, or `null`. */
  optionalInteger(key: string, range: NumberRange): number | null {
    const value = this.#get(key);
    const rule = `an integer in ${rangeText(range)}`;
    return value === null ? null : this.#integer(key, value, { range, rule });
  }

  /** An integer in a range, or a list of them; nothing reads as an empty list. */
  integers(key: string, range: NumberRange): readonly number[] {
    const value = this.#get(key);
    if (value === null) return [];
    const rule = `an integer in ${rangeText(range)} or a list of them`;
    const items = Array.isArray(value) ? value : [value];
    return items.map((item) => this.#integer(key, item, { range, rule }));
  }

  /** A number in a range. */
  number(key: string, range: NumberRange): number {
    const rule = `a number in ${rangeText(range)}`;
    return this.optionalNumber(key, range) ?? this.fail(key, rule);
  }

  /** A number in a range, or `null`. */
  optionalNumber(key: string, range: NumberRange): number | null {
    const value = this.#get(key);
    if (value === null) return null;
    const rule = `a number in ${rangeText(range)}`;
    if (typeof value !== "number") return this.fail(key, rule);
    return isInRange(value, range) ? value : this.failRange(key, rule);
  }

  /** A list of so many numbers in a range, or `null`. */
  optionalNumbers(
    key: string,
    length: number,
    range: NumberRange,
  ): readonly number[] | null {
    const value = this.#get(key);
    if (value === null) return null;
    const rule = `a list of ${length} numbers in ${rangeText(range)}`;
    if (!Array.isArray(value)) return this.fail(key, rule);
    if (value.length !== length) return this.failRange(key, rule);
    return value.map((item) => {
      if (typeof item !== "number") return this.fail(key, rule);
      return isInRange(item, range) ? item : this.failRange(key, rule);
    });
  }

  /** `true`, `false` or `null`. */
  optionalBoolean(key: string): boolean | null {
    const value = this.#get(key);
    if (value === null || typeof value === "boolean") return value;
    return this.fail(key, "true or false");
  }

  /** A string or `null`. */
  optionalString(key: string): string | null {
    const value = this.#get(key);
    if (value === null || typeof value === "string") return value;
    return this.fail(key, "a string");
  }

  /** A list of strings, or `null`. */
  optionalStrings(key: string): readonly string[] | null {
    const value = this.#get(key);
    if (value === null) return null;
    if (!Array.isArray(value)) return this.fail(key, "a list of strings");
    return value.map((item) =>
      typeof item === "string" ? item : this.fail(key, "a list of strings")
    );
  }

  /** The fields of an object inside this one, or `null`. */
  optionalFields(key: string): ConfigFields | null {
    const value = this.#get(key);
    if (value === null) return null;
    if (!(value instanceof Map)) return this.fail(key, "an object");
    return new ConfigFields(value, {
      file: this.#file,
      path: `${this.#path}${key}.`,
    });
  }

  /** Throws that `key` must be `rule`, for a value of the wrong type. */
  fail(key: string, rule: string): never {
    throw new TypeError(this.#message(key, rule));
  }

  /** Throws that `key` must be `rule`, for a value out of range. */
  failRange(key: string, rule: string): never {
    throw new RangeError(this.#message(key, rule));
  }

  #get(key: string): JsonValue {
    return this.#object.get(key) ?? null;
  }

  #integer(
    key: string,
    value: JsonValue,
    { range, rule }: { readonly range: NumberRange; readonly rule: string },
  ): number {
    if (typeof value !== "number") return this.fail(key, rule);
    if (!Number.isSafeInteger(value) || !isInRange(value, range)) {
      return this.failRange(key, rule);
    }
    return value;
  }

  #message(key: string, rule: string): string {
    const field = quote(`${this.#path}${key}`);
    const found = describeJson(this.#object.get(key));
    return `Cannot load ${
      quote(this.#file)
    } as ${field} must be ${rule}: found ${found}`;
  }
}

function isInRange(value: number, range: NumberRange): boolean {
  return value <= range.max &&
    (range.isAboveMin ? value > range.min : value >= range.min);
}

function rangeText({ min, max, isAboveMin }: NumberRange): string {
  return `${isAboveMin ? "(" : "["}${min}, ${max}]`;
}
