import { type Dtype, tensorSizeBytes } from "./dtype.ts";
import { quote } from "./quote.ts";
import { writeAll } from "./write_all.ts";

/** A tensor to write. */
export interface TensorToWrite {
  /** Its name in the file. */
  readonly name: string;
  /** Type of its elements. */
  readonly dtype: Dtype;
  /** Its sizes, outermost first. */
  readonly shape: readonly number[];
  /** Its bytes, little-endian and row-major; a large tensor may be made piece by piece. */
  readonly bytes:
    | Uint8Array<ArrayBuffer>
    | (() =>
      | Iterable<Uint8Array<ArrayBuffer>>
      | AsyncIterable<Uint8Array<ArrayBuffer>>);
}

/** Options of `writeSafetensors`. */
export interface WriteSafetensorsOptions {
  /** Texts stored with the tensors. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Writes a safetensors file, tensors in the given order. It appears under its name only once it is
 * complete; an earlier file of that name is replaced.
 *
 * Source: https://github.com/huggingface/safetensors#format
 *
 * @throws {TypeError} Two tensors have one name, or one has the name `__metadata__`.
 * @throws {RangeError} A tensor's bytes are not as many as its shape needs.
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly TensorToWrite[],
  options: WriteSafetensorsOptions = {},
): Promise<void> {
  const header = encodeHeader(tensors, options.metadata ?? {});
  const unfinished = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    await writeNewFile(unfinished, { header, tensors });
    await Deno.rename(unfinished, path);
  } catch (error) {
    await Deno.remove(unfinished).catch(() => {});
    throw error;
  }
}

async function writeNewFile(
  path: string,
  { header, tensors }: {
    readonly header: Uint8Array<ArrayBuffer>;
    readonly tensors: readonly TensorToWrite[];
  },
): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true });
  await writeAll(file, header);
  for (const tensor of tensors) await writeTensor(file, tensor);
  // On disk before the name is: a crash leaves the old file or the whole new one.
  await file.sync();
}

function encodeHeader(
  tensors: readonly TensorToWrite[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const entries = new Map<string, unknown>();
  if (Object.keys(metadata).length > 0) entries.set("__metadata__", metadata);
  let start = 0;
  for (const tensor of tensors) {
    const { name, dtype, shape } = tensor;
    if (name === "__metadata__" || entries.has(name)) {
      throw new TypeError(
        `Cannot write ${quote(name)} as its name must be free: found it taken`,
      );
    }
    const end = start + sizeOf(tensor);
    entries.set(name, { dtype, shape, data_offsets: [start, end] });
    start = end;
  }
  const json = JSON.stringify(Object.fromEntries(entries));
  const text = new TextEncoder().encode(json);
  // Spaces up to a multiple of 8, so that the tensors' bytes can be mapped as they are.
  const header = new Uint8Array(8 + Math.ceil(text.length / 8) * 8).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - 8), true);
  header.set(text, 8);
  return header;
}

async function writeTensor(
  file: Deno.FsFile,
  tensor: TensorToWrite,
): Promise<void> {
  const { bytes } = tensor;
  let numBytes = 0;
  for await (const piece of typeof bytes === "function" ? bytes() : [bytes]) {
    numBytes += piece.length;
    await writeAll(file, piece);
  }
  const sizeBytes = sizeOf(tensor);
  if (numBytes !== sizeBytes) {
    throw new RangeError(
      `Cannot write ${quote(tensor.name)} as ${tensor.dtype} [${
        tensor.shape.join(", ")
      }] must take ${sizeBytes} bytes: found ${numBytes}`,
    );
  }
}

function sizeOf({ name, dtype, shape }: TensorToWrite): number {
  const isShape = shape.every((size) =>
    Number.isSafeInteger(size) && size >= 0
  );
  const sizeBytes = isShape ? tensorSizeBytes(dtype, shape) : null;
  if (sizeBytes !== null) return sizeBytes;
  throw new RangeError(
    `Cannot write ${
      quote(name)
    } as its shape must take whole bytes, fewer than 2^50: found ${dtype} [${
      shape.join(", ")
    }]`,
  );
}
