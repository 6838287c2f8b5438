import { openDraftCheckpoint } from "../checkpoint/mod.ts";
import { floatValues, SOURCE_BYTES } from "../model/float_values.ts";
import type { NamedTensor, NamedTensors } from "./named_tensor.ts";
import { filesSha256 } from "./files_sha256.ts";

/** What a training begins with. */
export interface InitialTensors {
  /** Numbers in f32, by name. */
  readonly tensors: NamedTensors;
  /** SHA-256 of the files that they are from. */
  readonly sha256: string;
}

/**
 * Reads a drafter's tensors for a training to begin with.
 *
 * @param directory The drafter's directory, as a path or `file:` URL.
 * @returns Its tensors of floating-point numbers.
 * @throws {ReferenceError} If the directory or a file is missing.
 * @throws {SyntaxError | TypeError | RangeError} If a file is malformed.
 */
export async function readInitial(
  directory: string | URL,
): Promise<InitialTensors> {
  using checkpoint = await openDraftCheckpoint(directory);
  const tensors = new Map<string, NamedTensor>();
  const files = new Set<string>();
  for (const entry of checkpoint.tensors.values()) {
    const { name, shape, dtype, file } = entry;
    files.add(file);
    if (!isFloat(dtype)) continue;
    const into = new Uint8Array(entry.sizeBytes);
    await checkpoint.readTensorBytes(entry, { into });
    tensors.set(name, { shape, values: floatValues(into, dtype) });
  }
  return { tensors, sha256: await filesSha256(files) };
}

function isFloat(dtype: string): dtype is keyof typeof SOURCE_BYTES {
  return dtype in SOURCE_BYTES;
}
