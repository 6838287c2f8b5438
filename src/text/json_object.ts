import { quote } from "./quote.ts";
import type { TextFile } from "./text_file.ts";

/** A JSON object whose fields are yet to be checked. */
export type JsonObject = { readonly [key: string]: unknown };

/** Says whether a JSON value is an object. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Says on one line what a JSON value is, for the end of an error message. */
export function describeJson(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return quote(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return isJsonObject(value) ? "an object" : String(value);
}

/**
 * Parses a file that must hold one JSON object.
 *
 * @throws {SyntaxError} It is not JSON.
 * @throws {TypeError} It is JSON other than an object.
 */
export function parseJsonObject(file: TextFile): JsonObject {
  const value = parseJson(file);
  if (isJsonObject(value)) return value;
  throw new TypeError(
    `Cannot read ${quote(file.name)} as it must hold a JSON object: found ${
      describeJson(value)
    }`,
  );
}

function parseJson({ name, text }: TextFile): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    throw new SyntaxError(
      `Cannot read ${quote(name)} as it must be JSON: ${
        found.replaceAll(/\s+/g, " ")
      }`,
    );
  }
}
