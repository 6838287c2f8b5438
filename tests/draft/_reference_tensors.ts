import { openTensorFiles } from "../../src/checkpoint/tensor_files.ts";
import type { ReferenceTensor } from "../reference/llama.ts";

/** Reads the F32 tensors of a directory for a reference. */
export async function readReferenceTensors(
  directory: string,
): Promise<Map<string, ReferenceTensor>> {
  using files = await openTensorFiles(directory);
  const tensors = new Map<string, ReferenceTensor>();
  for (const [name, entry] of files.tensors) {
    if (entry.dtype !== "F32") continue;
    const into = new Uint8Array(entry.sizeBytes);
    await files.readTensorBytes(entry, { startBytes: 0, into });
    tensors.set(name, {
      shape: entry.shape,
      values: new Float32Array(into.buffer),
    });
  }
  return tensors;
}
