import type { GgufCursor } from "./gguf_cursor.ts";
import {
  GGUF_TYPES,
  ggufSizeBytes,
  ggufTypeName,
  isGgufType,
} from "./gguf_type.ts";
import { entryMessage, type TensorEntry } from "./tensor_entry.ts";

const MAX_AXES = 4;

/**
 * Reads what a GGUF file's header says of one tensor.
 *
 * @param cursor Where it is.
 * @param file The file, as error messages name it.
 * @returns The tensor, its start counted from the first tensor's.
 * @throws {TypeError} It is stored in a way that is not supported.
 * @throws {RangeError} A size is out of range.
 */
export function readGgufTensor(cursor: GgufCursor, file: string): TensorEntry {
  const place = { name: cursor.text(), file };
  const numAxes = cursor.number("Uint32");
  if (numAxes > MAX_AXES) {
    throw new RangeError(entryMessage(place, {
      rule: `it must have at most ${MAX_AXES} axes`,
      found: `${numAxes}`,
    }));
  }
  const shape: number[] = [];
  // The innermost comes first.
  while (shape.length < numAxes) shape.unshift(cursor.integer64(false));
  const dtype = ggufTypeName(cursor.number("Uint32"));
  if (!isGgufType(dtype)) {
    throw new TypeError(entryMessage(place, {
      rule: `its type must be one of ${GGUF_TYPES.join(", ")}`,
      found: dtype,
    }));
  }
  const sizeBytes = ggufSizeBytes(dtype, shape);
  if (sizeBytes === null) {
    throw new RangeError(entryMessage(place, {
      rule: `its rows must be whole blocks of ${dtype}, fewer than 2^53 bytes`,
      found: `[${shape.join(", ")}]`,
    }));
  }
  const startBytes = cursor.integer64(false);
  return { ...place, dtype, shape, startBytes, sizeBytes };
}
