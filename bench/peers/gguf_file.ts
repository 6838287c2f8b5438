/** Writes GGUF files, tensor by tensor, so that large ones need no memory. @module */

/** A value of metadata. */
export type GgufMetadataValue =
  | readonly ["u32" | "f32", number]
  | readonly ["text", string]
  | readonly ["texts", readonly string[]]
  | readonly ["f32s" | "i32s", readonly number[]];

/** A tensor of a GGUF file. */
export interface GgufTensorToWrite {
  /** As llama.cpp calls it. */
  readonly name: string;
  /** Number of its type. */
  readonly type: number;
  /** Its sizes, outermost first. */
  readonly shape: readonly number[];
  readonly sizeBytes: number;
  /** Gives its bytes when they are written. */
  readonly read: () => Promise<Uint8Array>;
}

const VERSION = 3;
const ALIGNMENT = 32;
/** Numbers of the types of metadata. */
const TYPES = { u32: 4, i32: 5, f32: 6, text: 8, list: 9 } as const;

/**
 * Writes a GGUF file.
 *
 * Source: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 *
 * @param path Where to.
 * @param metadata Values by key.
 * @param tensors The tensors, in their order.
 */
export async function writeGguf(
  path: string,
  metadata: Readonly<Record<string, GgufMetadataValue>>,
  tensors: readonly GgufTensorToWrite[],
): Promise<void> {
  const header = new HeaderWriter();
  header.bytes(new TextEncoder().encode("GGUF"));
  header.u32(VERSION);
  header.u64(tensors.length);
  header.u64(Object.keys(metadata).length);
  for (const [key, value] of Object.entries(metadata)) {
    header.text(key);
    header.value(value);
  }
  let offset = 0;
  for (const { name, type, shape, sizeBytes } of tensors) {
    header.text(name);
    header.u32(shape.length);
    for (const size of shape.toReversed()) header.u64(size);
    header.u32(type);
    header.u64(offset);
    offset += roundUp(sizeBytes);
  }
  using file = await Deno.open(path, {
    write: true,
    create: true,
    truncate: true,
  });
  await writePadded(file, header.finish());
  for (const { read } of tensors) await writePadded(file, await read());
}

async function writePadded(
  file: Deno.FsFile,
  bytes: Uint8Array,
): Promise<void> {
  const padding = new Uint8Array(roundUp(bytes.length) - bytes.length);
  for (const part of [bytes, padding]) {
    for (let at = 0; at < part.length;) {
      at += await file.write(part.subarray(at));
    }
  }
}

function roundUp(value: number): number {
  return Math.ceil(value / ALIGNMENT) * ALIGNMENT;
}

class HeaderWriter {
  readonly #parts: Uint8Array[] = [];

  bytes(bytes: Uint8Array): void {
    this.#parts.push(bytes);
  }

  u32(value: number): void {
    this.bytes(new Uint8Array(Uint32Array.of(value).buffer));
  }

  u64(value: number): void {
    this.bytes(new Uint8Array(BigUint64Array.of(BigInt(value)).buffer));
  }

  text(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.u64(bytes.length);
    this.bytes(bytes);
  }

  value(value: GgufMetadataValue): void {
    switch (value[0]) {
      case "u32":
        this.u32(TYPES.u32);
        return this.u32(value[1]);
      case "f32":
        this.u32(TYPES.f32);
        return this.bytes(floatBytes([value[1]]));
      case "text":
        this.u32(TYPES.text);
        return this.text(value[1]);
      case "texts":
        this.#list(TYPES.text, value[1].length);
        return value[1].forEach((text) => this.text(text));
      case "f32s":
        this.#list(TYPES.f32, value[1].length);
        return this.bytes(floatBytes(value[1]));
      case "i32s":
        this.#list(TYPES.i32, value[1].length);
        return this.bytes(new Uint8Array(Int32Array.from(value[1]).buffer));
    }
  }

  #list(type: number, length: number): void {
    this.u32(TYPES.list);
    this.u32(type);
    this.u64(length);
  }

  finish(): Uint8Array {
    const size = this.#parts.reduce((sum, { length }) => sum + length, 0);
    const all = new Uint8Array(size);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}

function floatBytes(values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}
