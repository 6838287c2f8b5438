import type { GgufCursor } from "./gguf_cursor.ts";
import type { JsonValue } from "./json.ts";

const ARRAY = 9;
const MAX_DEPTH = 4;
/** Least bytes of a value of each type, by its number. */
const MIN_BYTES: readonly number[] = [
  ...[1, 1, 2, 2, 4, 4, 4],
  ...[1, 8, 12, 8, 8, 8],
];

/**
 * Reads a value of a GGUF file's metadata: its type, then itself.
 *
 * Integers of 64 bits are rounded where a number cannot hold them.
 *
 * Source: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 *
 * @throws {RangeError} The type is unknown, or the file cannot hold the value.
 * @throws {SyntaxError} A text is not UTF-8.
 */
export function readGgufValue(cursor: GgufCursor): JsonValue {
  return readValue(cursor, { type: readType(cursor), depth: 0 });
}

function readType(cursor: GgufCursor): number {
  const type = cursor.number("Uint32");
  if (type < MIN_BYTES.length) return type;
  return cursor.refuse(
    `a value's type must be in [0, ${MIN_BYTES.length - 1}]`,
    `${type}`,
  );
}

function readValue(
  cursor: GgufCursor,
  { type, depth }: { readonly type: number; readonly depth: number },
): JsonValue {
  switch (type) {
    case 0:
      return cursor.number("Uint8");
    case 1:
      return cursor.number("Int8");
    case 2:
      return cursor.number("Uint16");
    case 3:
      return cursor.number("Int16");
    case 4:
      return cursor.number("Uint32");
    case 5:
      return cursor.number("Int32");
    case 6:
      return cursor.float(32);
    case 7:
      return readBoolean(cursor);
    case 8:
      return cursor.text();
    case ARRAY:
      return readArray(cursor, depth + 1);
    case 10:
      return cursor.integer64(false);
    case 11:
      return cursor.integer64(true);
    default:
      return cursor.float(64);
  }
}

function readBoolean(cursor: GgufCursor): boolean {
  const byte = cursor.number("Uint8");
  if (byte > 1) cursor.refuse("a truth value must be 0 or 1", `${byte}`);
  return byte === 1;
}

function readArray(cursor: GgufCursor, depth: number): readonly JsonValue[] {
  if (depth > MAX_DEPTH) {
    cursor.refuse(`its lists must nest at most ${MAX_DEPTH} deep`, "more");
  }
  const type = readType(cursor);
  const count = cursor.count("values", MIN_BYTES[type] ?? 1);
  const values: JsonValue[] = [];
  for (let index = 0; index < count; index++) {
    values.push(readValue(cursor, { type, depth }));
  }
  return values;
}
