import type { ByteSource } from "./byte_source.ts";
import { describeJson, type JsonValue, parseJson } from "./json.ts";
import { decodeUtf8 } from "./json_file.ts";
import { quote } from "./quote.ts";
import {
  entryMessage,
  readTensorEntry,
  type TensorEntry,
} from "./tensor_entry.ts";

/** What the header of a safetensors file says. */
export interface SafetensorsHeader {
  /** Tensors by name, in the header's order. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  /** The texts under `__metadata__`. */
  readonly metadata: ReadonlyMap<string, string>;
}

const LENGTH_BYTES = 8;
const MAX_HEADER_BYTES = 100_000_000;
const METADATA_KEY = "__metadata__";

/**
 * Reads and checks the header of a safetensors file; of the tensors it reads nothing.
 *
 * Every tensor has a known element type, a size that follows from its shape, and its own bytes; all
 * tensors together are the rest of the file, without a gap.
 *
 * Source: https://github.com/huggingface/safetensors#format
 *
 * @throws {SyntaxError} The header is not JSON of this form.
 * @throws {TypeError} A field has the wrong type.
 * @throws {RangeError} A length, size or offset is not what the rest of the file requires.
 */
export async function readSafetensorsHeader(
  source: ByteSource,
): Promise<SafetensorsHeader> {
  const { file } = source;
  const headerBytes = await readHeaderLength(source);
  const bytes = new Uint8Array(headerBytes);
  await readFully(source, { startBytes: LENGTH_BYTES, into: bytes });
  if (bytes[0] !== 0x7b) {
    throw new SyntaxError(
      `Cannot read ${quote(file)} as its header must begin with "{": found ${
        quote(String.fromCharCode(...bytes.subarray(0, 1)))
      }`,
    );
  }
  const json = parseJson(decodeUtf8(bytes, file), {
    file,
    maxDepth: 3,
    hasIntegersOnly: true,
  });
  const dataBytes = LENGTH_BYTES + headerBytes;
  const tensors = new Map<string, TensorEntry>();
  for (const [name, value] of json) {
    if (name === METADATA_KEY) continue;
    tensors.set(name, readTensorEntry(value, { name, file, dataBytes }));
  }
  checkLayout([...tensors.values()], { source, dataBytes });
  return { tensors, metadata: readMetadata(json.get(METADATA_KEY), file) };
}

async function readHeaderLength(source: ByteSource): Promise<number> {
  const { file, sizeBytes } = source;
  if (sizeBytes < LENGTH_BYTES) {
    throw new RangeError(
      `Cannot read ${
        quote(file)
      } as it must begin with ${LENGTH_BYTES} bytes of header length: found ${sizeBytes} bytes`,
    );
  }
  const bytes = new Uint8Array(LENGTH_BYTES);
  await readFully(source, { startBytes: 0, into: bytes });
  const length = new DataView(bytes.buffer).getBigUint64(0, true);
  const maxBytes = Math.min(sizeBytes - LENGTH_BYTES, MAX_HEADER_BYTES);
  if (length > maxBytes || length < 2) {
    throw new RangeError(
      `Cannot read ${
        quote(file)
      } as its header must be 2 to ${maxBytes} bytes: found ${length}`,
    );
  }
  return Number(length);
}

async function readFully(
  source: ByteSource,
  { startBytes, into }: {
    readonly startBytes: number;
    readonly into: Uint8Array<ArrayBuffer>;
  },
): Promise<void> {
  const numBytes = await source.read(startBytes, into);
  if (numBytes === into.length) return;
  throw new RangeError(
    `Cannot read ${
      quote(source.file)
    } as it must hold ${into.length} bytes from ${startBytes} on: found ${numBytes}`,
  );
}

function checkLayout(
  entries: readonly TensorEntry[],
  { source, dataBytes }: {
    readonly source: ByteSource;
    readonly dataBytes: number;
  },
): void {
  const sorted = entries.toSorted((a, b) =>
    a.startBytes - b.startBytes || a.sizeBytes - b.sizeBytes
  );
  let endBytes = dataBytes;
  for (const entry of sorted) {
    if (entry.startBytes !== endBytes) {
      throw new RangeError(entryMessage(entry, {
        rule: `it must start where the tensor before it ends, at offset ${
          endBytes - dataBytes
        }`,
        found: `offset ${entry.startBytes - dataBytes}`,
      }));
    }
    endBytes += entry.sizeBytes;
  }
  if (endBytes !== source.sizeBytes) {
    throw new RangeError(
      `Cannot read ${
        quote(source.file)
      } as it must end with its last tensor, at ${endBytes} bytes: found ${source.sizeBytes} bytes`,
    );
  }
}

function readMetadata(
  value: JsonValue | undefined,
  file: string,
): ReadonlyMap<string, string> {
  const metadata = new Map<string, string>();
  if (value === undefined) return metadata;
  const place = { name: METADATA_KEY, file };
  if (!(value instanceof Map)) {
    const rule = "it must be an object of texts";
    throw new TypeError(
      entryMessage(place, { rule, found: describeJson(value) }),
    );
  }
  for (const [key, text] of value) {
    if (typeof text !== "string") {
      const rule = `${quote(key)} must be a text`;
      throw new TypeError(
        entryMessage(place, { rule, found: describeJson(text) }),
      );
    }
    metadata.set(key, text);
  }
  return metadata;
}
