/** A value of metadata, with its type by name. */
export type GgufValue =
  | readonly ["u8" | "i8" | "u16" | "i16" | "u32" | "i32" | "f32", number]
  | readonly ["f64", number]
  | readonly ["u64" | "i64", bigint | number]
  | readonly ["bool", boolean]
  | readonly ["text", string]
  | readonly ["list", string, readonly unknown[]];

/** A tensor to write: its sizes outermost first, and the number of its type. */
export interface GgufTensor {
  readonly name: string;
  readonly type: number;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** What a GGUF file holds; what is left out has the usual value. */
export interface GgufContent {
  readonly version?: number;
  readonly metadata?: Readonly<Record<string, GgufValue>>;
  readonly tensors?: readonly GgufTensor[];
  readonly alignment?: number;
}

const TYPES = [
  ...["u8", "i8", "u16", "i16", "u32", "i32", "f32", "bool", "text", "list"],
  ...["u64", "i64", "f64"],
];

/** Writes a GGUF file into memory. */
export function ggufBytes(content: GgufContent): Uint8Array<ArrayBuffer> {
  const { version = 3, metadata = {}, tensors = [], alignment = 32 } = content;
  const writer = new Writer();
  writer.bytes(new TextEncoder().encode("GGUF"));
  writer.value("u32", version);
  writer.value("u64", tensors.length);
  writer.value("u64", Object.keys(metadata).length);
  for (const [key, [type, ...rest]] of Object.entries(metadata)) {
    writer.value("text", key);
    writer.value("u32", TYPES.indexOf(type));
    writer.value(type, ...rest);
  }
  const sizes = tensors.map(({ bytes }) => roundUp(bytes.length, alignment));
  tensors.forEach(({ name, type, shape }, index) => {
    writer.value("text", name);
    writer.value("u32", shape.length);
    for (const size of shape.toReversed()) writer.value("u64", size);
    writer.value("u32", type);
    const offset = sizes.slice(0, index).reduce((a, b) => a + b, 0);
    writer.value("u64", offset);
  });
  for (const { bytes } of tensors) {
    writer.pad(alignment);
    writer.bytes(bytes);
  }
  writer.pad(alignment);
  return writer.finish();
}

/** Numbers as the bytes of an F32 tensor. */
export function f32Bytes(values: Iterable<number>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Float32Array.from(values).buffer);
}

class Writer {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  bytes(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.#length += bytes.length;
  }

  pad(multiple: number): void {
    const rest = roundUp(this.#length, multiple) - this.#length;
    this.bytes(new Uint8Array(rest));
  }

  value(type: string, ...[value, items]: readonly unknown[]): void {
    if (type === "list") {
      const inner = String(value);
      this.value("u32", TYPES.indexOf(inner));
      const list: readonly unknown[] = Array.isArray(items) ? items : [];
      this.value("u64", list.length);
      for (const item of list) {
        if (inner === "list" && Array.isArray(item)) {
          this.value(inner, ...item);
        } else this.value(inner, item);
      }
      return;
    }
    if (type === "text") {
      const bytes = new TextEncoder().encode(String(value));
      this.value("u64", bytes.length);
      return this.bytes(bytes);
    }
    this.bytes(numberBytes(type, value));
  }

  finish(): Uint8Array<ArrayBuffer> {
    const all = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}

function numberBytes(type: string, value: unknown): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  const number = Number(value);
  const sizes: Record<string, () => number> = {
    u8: () => (view.setUint8(0, number), 1),
    i8: () => (view.setInt8(0, number), 1),
    bool: () => (view.setUint8(0, number), 1),
    u16: () => (view.setUint16(0, number, true), 2),
    i16: () => (view.setInt16(0, number, true), 2),
    u32: () => (view.setUint32(0, number, true), 4),
    i32: () => (view.setInt32(0, number, true), 4),
    f32: () => (view.setFloat32(0, number, true), 4),
    f64: () => (view.setFloat64(0, number, true), 8),
    u64: () => (view.setBigUint64(0, BigInt(String(value)), true), 8),
    i64: () => (view.setBigInt64(0, BigInt(String(value)), true), 8),
  };
  const sizeBytes = sizes[type]?.() ?? 0;
  return new Uint8Array(view.buffer).slice(0, sizeBytes);
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
