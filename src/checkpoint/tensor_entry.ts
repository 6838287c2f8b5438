import type { BlockFormat } from "./block_format.ts";
import { type Dtype, DTYPE_BITS, isDtype, tensorSizeBytes } from "./dtype.ts";
import { describeJson, type JsonObject, type JsonValue } from "./json.ts";
import { quote } from "./quote.ts";

/** Where a tensor is and what it is. */
export interface TensorEntry {
  /** Its name, as Hugging Face's code calls it. */
  readonly name: string;
  /** The file that holds it. */
  readonly file: string;
  /** Type of its elements, little-endian, or how they are stored in blocks. */
  readonly dtype: Dtype | BlockFormat;
  /** Its sizes, outermost first; empty for a single number. */
  readonly shape: readonly number[];
  /** Its first byte, counted from the start of the file. */
  readonly startBytes: number;
  /** Its bytes, elements in row-major order. */
  readonly sizeBytes: number;
  /**
   * Size of the heads whose rows are stored as the pairs that are rotated, as llama.cpp does: row
   * `2i + a` of a head is its row `a * E/2 + i`. Absent: rows are in order.
   */
  readonly pairedHeadDim?: number;
}

const ENTRY_KEYS: readonly string[] = ["dtype", "shape", "data_offsets"];

/** An entry of a header. */
export interface EntryPlace {
  /** Its key. */
  readonly name: string;
  /** The file, as error messages name it. */
  readonly file: string;
}

/**
 * Reads and checks the header's entry for one tensor, by itself.
 *
 * @param value The entry.
 * @param place Its key and file, and where the bytes after the header start.
 * @throws {TypeError} A field is missing, unknown or of the wrong type.
 * @throws {RangeError} The bytes it claims are not those its shape needs.
 */
export function readTensorEntry(
  value: JsonValue,
  place: EntryPlace & { readonly dataBytes: number },
): TensorEntry {
  const { name, file, dataBytes } = place;
  const fail = (rule: string, found: JsonValue | undefined): never => {
    throw new TypeError(
      entryMessage(place, { rule, found: describeJson(found) }),
    );
  };
  if (!(value instanceof Map)) return fail("it must be an object", value);
  const info: JsonObject = value;
  const dtype = info.get("dtype");
  if (typeof dtype !== "string" || !isDtype(dtype)) {
    const names = Object.keys(DTYPE_BITS).join(", ");
    return fail(`its dtype must be one of ${names}`, dtype);
  }
  const shape = readSizes(info.get("shape"));
  if (shape === null) {
    return fail("its shape must be a list of sizes", info.get("shape"));
  }
  const offsets = info.get("data_offsets");
  const [start, end, ...others] = readSizes(offsets) ?? [];
  if (start === undefined || end === undefined || others.length > 0) {
    return fail("its data_offsets must be two sizes", offsets);
  }
  for (const key of info.keys()) {
    if (!ENTRY_KEYS.includes(key)) {
      fail(`it must have only ${ENTRY_KEYS.join(", ")}`, key);
    }
  }
  const sizeBytes = tensorSizeBytes(dtype, shape);
  if (end - start !== sizeBytes) {
    const rule = sizeBytes === null
      ? "must take whole bytes, fewer than 2^50"
      : `must take ${sizeBytes} bytes`;
    throw new RangeError(entryMessage(place, {
      rule: `${dtype} ${describeJson(shape)} ${rule}`,
      found: `data_offsets [${start}, ${end}]`,
    }));
  }
  return { name, file, dtype, shape, startBytes: dataBytes + start, sizeBytes };
}

function readSizes(value: JsonValue | undefined): readonly number[] | null {
  if (!Array.isArray(value)) return null;
  const sizes: number[] = [];
  for (const item of value) {
    if (typeof item !== "number") return null;
    if (!Number.isSafeInteger(item) || item < 0) return null;
    sizes.push(item);
  }
  return sizes;
}

/** The message of an error in a header's entry. */
export function entryMessage(
  place: EntryPlace,
  { rule, found }: { readonly rule: string; readonly found: string },
): string {
  return `Cannot read ${quote(place.name)} in ${
    quote(place.file)
  } as ${rule}: found ${found}`;
}
