import {
  type Checkpoint,
  resolveLlamaTensors,
  type WeightEntry,
} from "../checkpoint/mod.ts";
import { storedValues } from "../model/dequantize.ts";

/** What a drafter borrows from its target. */
export interface Embeddings {
  /** `[V, D]` */
  readonly embedTokens: Float32Array<ArrayBuffer>;
  /** `[V, D]`; the same numbers where the model ties them. */
  readonly lmHead: Float32Array<ArrayBuffer>;
}

/**
 * Reads a model's embedding and language-model head onto the host.
 *
 * @param checkpoint The model.
 * @returns Their numbers in f32, row-major.
 * @throws {ReferenceError} If a tensor is missing.
 * @throws {RangeError} If a tensor has another shape.
 */
export async function readEmbeddings(
  checkpoint: Checkpoint,
): Promise<Embeddings> {
  const tensors = resolveLlamaTensors(checkpoint);
  const read = async (
    entry: WeightEntry,
  ): Promise<Float32Array<ArrayBuffer>> => {
    const into = new Uint8Array(entry.sizeBytes);
    await checkpoint.readTensorBytes(entry, { into });
    return storedValues(into, entry.dtype);
  };
  const embedTokens = await read(tensors.embedTokens);
  const isTied = tensors.lmHead === tensors.embedTokens;
  return {
    embedTokens,
    lmHead: isTied ? embedTokens : await read(tensors.lmHead),
  };
}
