import { openByteSource } from "./byte_source.ts";
import { readBytes } from "./read_bytes.ts";
import { readSafetensorsHeader } from "./safetensors.ts";
import type { TensorEntry } from "./tensor_entry.ts";

/** A tensor with its bytes. */
export interface ReadTensor extends TensorEntry {
  /** Little-endian, row-major. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** All that a safetensors file holds. */
export interface SafetensorsContent {
  /** Tensors by name. */
  readonly tensors: ReadonlyMap<string, ReadTensor>;
  /** Texts stored with them. */
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Reads a safetensors file as a whole.
 *
 * @param path The file.
 * @returns Its tensors and texts.
 * @throws {ReferenceError} There is no such file.
 * @throws {SyntaxError | TypeError | RangeError} It is malformed.
 */
export async function readSafetensorsFile(
  path: string,
): Promise<SafetensorsContent> {
  using source = await openByteSource(path);
  const { tensors: entries, metadata } = await readSafetensorsHeader(source);
  const tensors = new Map<string, ReadTensor>();
  for (const [name, entry] of entries) {
    tensors.set(name, { ...entry, bytes: await readBytes(source, entry) });
  }
  return { tensors, metadata };
}
