import { quote } from "./quote.ts";

/** Anything a JSON text can hold. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | JsonObject;

/** A JSON object: a map, so that no key can reach a prototype. */
export type JsonObject = ReadonlyMap<string, JsonValue>;

/** Options of `parseJson`. */
export interface ParseJsonOptions {
  /** The file, as error messages name it. */
  readonly file: string;
  /** Most objects and arrays inside one another. Default: 16. */
  readonly maxDepth?: number;
  /** Refuses numbers not written as integers, such as `1.0` and `1e3`. */
  readonly hasIntegersOnly?: boolean;
}

// An empty object costs a file two bytes and memory fifty times as much. The bound is room for
// 200,000 tensors in one header, ten times what the largest sharded models hold in all files.
const MAX_VALUES = 2 ** 21;
const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const INTEGER = /^(?:0|-?[1-9][0-9]*)$/;
const LITERAL = /true|false|null/y;
const LITERALS: ReadonlyMap<string, JsonValue> = new Map<string, JsonValue>([
  ["true", true],
  ["false", false],
  ["null", null],
]);

/**
 * Parses a text that must be one JSON object.
 *
 * Stricter than `JSON.parse` where a file could mislead: a key that appears twice is an error, and
 * depth and number of values are bounded before memory is taken.
 *
 * Source: RFC 8259.
 *
 * @throws {SyntaxError} The text is not JSON, or exceeds a bound.
 * @throws {TypeError} The text is JSON, but not an object.
 */
export function parseJson(text: string, options: ParseJsonOptions): JsonObject {
  const value = new JsonParser(text, options).parse();
  if (value instanceof Map) return value;
  throw new TypeError(
    `Cannot read ${quote(options.file)} as it must hold a JSON object: found ${
      describeJson(value)
    }`,
  );
}

/** Says on one line what a value is, for the end of an error message. */
export function describeJson(value: JsonValue | undefined): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return quote(value);
  if (Array.isArray(value)) {
    const items = value.slice(0, 8).map((item: JsonValue) =>
      Array.isArray(item) ? "a list" : describeJson(item)
    );
    if (value.length > items.length) items.push("…");
    return `[${items.join(", ")}]`;
  }
  return value instanceof Map ? "an object" : String(value);
}

class JsonParser {
  readonly #text: string;
  readonly #options: ParseJsonOptions;
  #offset = 0;
  #numValues = 0;

  constructor(text: string, options: ParseJsonOptions) {
    this.#text = text;
    this.#options = options;
  }

  parse(): JsonValue {
    const value = this.#value(0);
    if (this.#next() !== "") this.#fail("the end of the file");
    return value;
  }

  #value(depth: number): JsonValue {
    if (++this.#numValues > MAX_VALUES) {
      this.#refuse(`it must hold at most ${MAX_VALUES} values`, "more");
    }
    const first = this.#next();
    if (first === "{") return this.#object(this.#open(depth));
    if (first === "[") return this.#array(this.#open(depth));
    if (first === '"') return this.#string();
    const literal = LITERALS.get(this.#match(LITERAL)?.[0] ?? "");
    return literal === undefined ? this.#number() : literal;
  }

  #object(depth: number): JsonObject {
    const object = new Map<string, JsonValue>();
    if (this.#skip("}")) return object;
    do {
      if (this.#next() !== '"') this.#fail("a key");
      const key = this.#string();
      if (object.has(key)) {
        this.#refuse("every key must appear once", `${quote(key)} again`);
      }
      if (!this.#skip(":")) this.#fail('":"');
      object.set(key, this.#value(depth));
    } while (this.#skip(","));
    if (!this.#skip("}")) this.#fail('"," or "}"');
    return object;
  }

  #array(depth: number): readonly JsonValue[] {
    const array: JsonValue[] = [];
    if (this.#skip("]")) return array;
    do {
      array.push(this.#value(depth));
    } while (this.#skip(","));
    if (!this.#skip("]")) this.#fail('"," or "]"');
    return array;
  }

  #string(): string {
    let end = this.#offset;
    do {
      end = this.#text.indexOf('"', end + 1);
      if (end < 0) this.#fail("a string that ends");
    } while (this.#isEscaped(end));
    const value = parseString(this.#text.slice(this.#offset, end + 1));
    if (value === null) {
      return this.#fail("a string of valid characters and escapes");
    }
    this.#offset = end + 1;
    return value;
  }

  #isEscaped(offset: number): boolean {
    let start = offset;
    while (this.#text[start - 1] === "\\") start--;
    return (offset - start) % 2 === 1;
  }

  #number(): number {
    const start = this.#offset;
    const match = this.#match(NUMBER);
    if (match === null) return this.#fail("a value");
    if (this.#options.hasIntegersOnly && !INTEGER.test(match[0])) {
      this.#offset = start;
      this.#refuse("its numbers must be integers", quote(match[0]));
    }
    return Number(match[0]);
  }

  #open(depth: number): number {
    const { maxDepth = 16 } = this.#options;
    if (depth >= maxDepth) {
      this.#refuse(`it must nest at most ${maxDepth} deep`, "more");
    }
    this.#offset++;
    return depth + 1;
  }

  #next(): string {
    this.#match(SPACE);
    return this.#text.charAt(this.#offset);
  }

  #skip(character: string): boolean {
    if (this.#next() !== character) return false;
    this.#offset++;
    return true;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#offset;
    const match = pattern.exec(this.#text);
    if (match !== null) this.#offset += match[0].length;
    return match;
  }

  #fail(expected: string): never {
    const found = this.#text.slice(this.#offset, this.#offset + 12);
    this.#refuse(
      `it must be JSON with ${expected} next`,
      found === "" ? "the end of the file" : quote(found),
    );
  }

  #refuse(rule: string, found: string): never {
    const file = quote(this.#options.file);
    throw new SyntaxError(
      `Cannot read ${file} as ${rule}: found ${found} at offset ${this.#offset}`,
    );
  }
}

function parseString(literal: string): string | null {
  try {
    return String(JSON.parse(literal));
  } catch {
    return null;
  }
}
