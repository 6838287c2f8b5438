import type { ByteSource } from "./byte_source.ts";
import { ConfigFields } from "./config_fields.ts";
import { GgufCursor, GgufHeaderCut } from "./gguf_cursor.ts";
import { readGgufTensor } from "./gguf_tensor.ts";
import { readGgufValue } from "./gguf_value.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import { quote } from "./quote.ts";
import { readBytes } from "./read_bytes.ts";
import { entryMessage, type TensorEntry } from "./tensor_entry.ts";

/** What the header of a GGUF file says. */
export interface GgufHeader {
  /** Values by key, such as `general.architecture`. */
  readonly metadata: JsonObject;
  /** Tensors by the file's own names, in the file's order. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
}

const MAGIC = 0x46554747;
const VERSIONS: readonly number[] = [2, 3];
const FIRST_READ_BYTES = 2 ** 20;
const DEFAULT_ALIGNMENT = 32;
const ALIGNMENT = { min: 1, max: 2 ** 20 };
/** A key's length, and a value's type and first byte; a tensor's fields, had it no name and no axes. */
const MIN_BYTES = { entry: 13, tensor: 24 } as const;

/**
 * Reads and checks the header of a GGUF file of version 2 or 3; of the tensors it reads nothing.
 *
 * Every tensor has a known type, a size that follows from its shape, and its own bytes, which begin
 * where those before end, at the next multiple of the alignment.
 *
 * Source: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 *
 * @throws {SyntaxError} It is no GGUF file, or a text in it is not UTF-8.
 * @throws {TypeError} A tensor is stored in a way that is not supported.
 * @throws {RangeError} A count, size or offset is not what the rest of the file requires.
 */
export async function readGgufHeader(source: ByteSource): Promise<GgufHeader> {
  const { file, sizeBytes } = source;
  // How long the header is shows only as it is read.
  for (let length = FIRST_READ_BYTES;; length *= 2) {
    const numBytes = Math.min(length, sizeBytes);
    const bytes = await readBytes(source, {
      startBytes: 0,
      sizeBytes: numBytes,
    });
    try {
      return parseHeader(
        new GgufCursor(bytes, { file, fileBytes: sizeBytes }),
        source,
      );
    } catch (error) {
      if (!(error instanceof GgufHeaderCut)) throw error;
    }
  }
}

function parseHeader(cursor: GgufCursor, source: ByteSource): GgufHeader {
  const { file } = source;
  checkVersion(cursor, file);
  const numTensors = cursor.count("tensors", MIN_BYTES.tensor);
  const numEntries = cursor.count("values", MIN_BYTES.entry);
  const metadata = new Map<string, JsonValue>();
  for (let index = 0; index < numEntries; index++) {
    const key = cursor.text();
    if (metadata.has(key)) {
      cursor.refuse("every key must appear once", `${quote(key)} again`);
    }
    metadata.set(key, readGgufValue(cursor));
  }
  const tensors: TensorEntry[] = [];
  for (let index = 0; index < numTensors; index++) {
    tensors.push(readGgufTensor(cursor, file));
  }
  const alignment = readAlignment(metadata, file);
  return {
    metadata,
    tensors: placeTensors(tensors, {
      dataBytes: roundUp(cursor.offset, alignment),
      alignment,
      fileBytes: source.sizeBytes,
    }),
  };
}

function checkVersion(cursor: GgufCursor, file: string): void {
  const magic = cursor.number("Uint32");
  if (magic !== MAGIC) {
    throw new SyntaxError(
      `Cannot read ${quote(file)} as it must begin with "GGUF": found 0x${
        magic.toString(16)
      }`,
    );
  }
  const version = cursor.number("Uint32");
  if (VERSIONS.includes(version)) return;
  cursor.refuse(
    `its version must be ${VERSIONS.join(" or ")}, little-endian`,
    `${version}`,
  );
}

function readAlignment(metadata: JsonObject, file: string): number {
  const fields = new ConfigFields(metadata, { file });
  const key = "general.alignment";
  const alignment = fields.optionalInteger(key, ALIGNMENT) ??
    DEFAULT_ALIGNMENT;
  if (Number.isInteger(Math.log2(alignment))) return alignment;
  return fields.failRange(key, "a power of two");
}

function placeTensors(
  tensors: readonly TensorEntry[],
  { dataBytes, alignment, fileBytes }: {
    readonly dataBytes: number;
    readonly alignment: number;
    readonly fileBytes: number;
  },
): ReadonlyMap<string, TensorEntry> {
  const placed = new Map<string, TensorEntry>();
  let next = 0;
  for (const entry of tensors) {
    const { name, startBytes: offset, sizeBytes } = entry;
    const fail = (rule: string, found: string): never => {
      throw new RangeError(entryMessage(entry, { rule, found }));
    };
    if (placed.has(name)) fail("its name must be its own", "it again");
    if (offset !== next) {
      fail(
        `it must start where the tensor before it ends, at offset ${next}`,
        `offset ${offset}`,
      );
    }
    const startBytes = dataBytes + offset;
    if (startBytes + sizeBytes > fileBytes) {
      fail(
        `the file must hold its ${sizeBytes} bytes from ${startBytes} on`,
        `${Math.max(0, fileBytes - startBytes)}`,
      );
    }
    placed.set(name, { ...entry, startBytes });
    next = roundUp(offset + sizeBytes, alignment);
  }
  return placed;
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
