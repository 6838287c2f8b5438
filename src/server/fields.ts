import {
  refuseMissing,
  refuseType,
  refuseUnknown,
  refuseValue,
} from "./field_errors.ts";

/** Numbers that a field takes. */
export interface NumberRule {
  /** Least. */
  readonly min: number;
  /** Greatest. */
  readonly max: number;
  /** Only whole numbers. */
  readonly isInteger?: boolean;
  /** `min` itself is excluded. */
  readonly isAboveMin?: boolean;
}

/**
 * Reads the fields of a JSON object one by one, and knows which nobody has asked for.
 *
 * A field that is `null` counts as missing, as in the OpenAI API.
 *
 * @example
 * ```ts
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const fields = new Fields({ n: 2, m: 3 });
 * assertEquals(fields.number("n", { min: 1, max: 8, isInteger: true }), 2);
 * assertThrows(() => fields.finish(), Error, "Unknown parameter: 'm'.");
 * ```
 */
export class Fields {
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #path: string;
  readonly #known = new Set<string>();

  /**
   * Takes an object.
   *
   * @param value Parsed JSON.
   * @param path Where it was found, as errors name it; empty for a request's body.
   * @throws {ApiError} It is not an object.
   */
  constructor(value: unknown, path = "") {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      refuseType(path === "" ? "body" : path, {
        expected: "an object",
        found: value,
      });
    }
    this.#values = new Map(Object.entries(value));
    this.#path = path;
  }

  /** Names a field as errors do. */
  param(name: string): string {
    return this.#path === "" ? name : `${this.#path}.${name}`;
  }

  /** Any value; undefined where it is missing. */
  any(name: string): unknown {
    this.#known.add(name);
    return this.#values.get(name) ?? undefined;
  }

  /** A text. */
  string(name: string): string | undefined {
    const value = this.any(name);
    if (value === undefined || typeof value === "string") return value;
    return refuseType(this.param(name), { expected: "a string", found: value });
  }

  /** A text that must be there. */
  requiredString(name: string): string {
    return this.string(name) ?? refuseMissing(this.param(name));
  }

  /** One of some words. */
  choice<const T extends string>(
    name: string,
    choices: readonly T[],
  ): T | undefined {
    const value = this.string(name);
    if (value === undefined) return undefined;
    return choices.find((choice) => choice === value) ??
      refuseValue(this.param(name), {
        rule: `one of ${choices.map((choice) => `'${choice}'`).join(", ")}`,
        found: value,
      });
  }

  /** True or false. */
  boolean(name: string): boolean | undefined {
    const value = this.any(name);
    if (value === undefined || typeof value === "boolean") return value;
    return refuseType(this.param(name), {
      expected: "a boolean",
      found: value,
    });
  }

  /** A number within bounds. */
  number(name: string, rule: NumberRule): number | undefined {
    const value = this.any(name);
    return value === undefined
      ? undefined
      : readNumber(this.param(name), value, rule);
  }

  /** A list of at most so many items. */
  list(name: string, maxItems: number): readonly unknown[] | undefined {
    const value = this.any(name);
    if (value === undefined) return undefined;
    return readList(this.param(name), value, maxItems);
  }

  /** The fields of an object. */
  object(name: string): Fields | undefined {
    const value = this.any(name);
    return value === undefined
      ? undefined
      : new Fields(value, this.param(name));
  }

  /** @throws {ApiError} A field is there that nobody has asked for. */
  finish(): void {
    for (const [name, value] of this.#values) {
      if (!this.#known.has(name) && value !== null) {
        refuseUnknown(this.param(name));
      }
    }
  }
}

/** Checks that a value is a number within bounds. */
export function readNumber(
  param: string,
  value: unknown,
  rule: NumberRule,
): number {
  const { min, max, isInteger = false, isAboveMin = false } = rule;
  const kind = isInteger ? "an integer" : "a number";
  if (
    typeof value !== "number" || isInteger && !Number.isInteger(value)
  ) refuseType(param, { expected: kind, found: value });
  if (value >= min && value <= max && !(isAboveMin && value === min)) {
    return value;
  }
  const size = isInteger ? "integer" : "decimal";
  return refuseValue(param, {
    rule: `${kind} in ${isAboveMin ? "(" : "["}${min}, ${max}]`,
    found: value,
    code: `${size}_${value > max ? "above_max_value" : "below_min_value"}`,
  });
}

/** Checks that a value is a list of at most so many items. */
export function readList(
  param: string,
  value: unknown,
  maxItems: number,
): readonly unknown[] {
  if (!Array.isArray(value)) {
    refuseType(param, { expected: "an array", found: value });
  }
  if (value.length <= maxItems) return value;
  return refuseValue(param, {
    rule: `an array of at most ${maxItems} items`,
    found: value.length,
    code: "array_above_max_length",
  });
}
