import type {
  Checkpoint,
  LlamaTensors,
  WeightEntry,
} from "../checkpoint/mod.ts";
import { listWeights, resolveLlamaTensors } from "../checkpoint/mod.ts";
import type { Elem } from "../gpu/shader.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { type Quantization, roundedFormats } from "./quantization.ts";
import {
  type LayerUpload,
  type LayerWeights,
  loadLayer,
  plainMatrix,
  uploadNorm,
} from "./layer_weights.ts";
import type { PackedMatrix } from "../ops/mod.ts";
import { type UploadProgress, WeightUploader } from "./weight_uploader.ts";

/** Weights of a target on the device. */
export interface LlamaWeights {
  /** `[V, D]`. */
  readonly embedTokens: PackedMatrix;
  /** `[V, D]`; the same matrix where the checkpoint ties them. */
  readonly lmHead: PackedMatrix;
  /** `[D]` f32. */
  readonly norm: GPUBuffer;
  /** From the first to the last. */
  readonly layers: readonly LayerWeights[];
}

/**
 * Streams a checkpoint to the device.
 *
 * @param gpu Device.
 * @param checkpoint A model in Hugging Face form.
 * @param options Number type of the matrices, what they are rounded to; called as bytes arrive, with the total.
 * @returns The weights.
 * @throws {ReferenceError} If a tensor is missing.
 * @throws {RangeError} If a tensor's shape or a number is not as it must be.
 * @throws {GpuError} If memory runs out.
 */
export async function loadLlamaWeights(
  gpu: Gpu,
  checkpoint: Checkpoint,
  options: {
    readonly elem: Elem;
    readonly quantization?: Quantization | null;
    readonly onProgress: (doneBytes: number, totalBytes: number) => void;
  },
): Promise<LlamaWeights> {
  const { config } = checkpoint;
  const tensors = resolveLlamaTensors(checkpoint);
  const totalBytes = countBytes(tensors);
  const progress: UploadProgress = (done) =>
    options.onProgress(done, totalBytes);
  using uploader = new WeightUploader(gpu, checkpoint, progress);
  const { elem } = options;
  const rounded = roundedFormats(options.quantization ?? null);
  const table = (entry: WeightEntry): Promise<PackedMatrix> =>
    plainMatrix(uploader, entry, { elem, rounded: rounded.embeddings });
  const embedTokens = await table(tensors.embedTokens);
  const isTied = tensors.lmHead === tensors.embedTokens;
  const lmHead = isTied ? embedTokens : await table(tensors.lmHead);
  const upload: LayerUpload = {
    uploader,
    config,
    elem,
    rounded: rounded.layers,
  };
  const norm = await uploadNorm(tensors.norm, upload);
  const layers: LayerWeights[] = [];
  for (const layer of tensors.layers) {
    layers.push(await loadLayer(layer, upload));
  }
  await uploader.finish(elem);
  return { embedTokens, lmHead, norm, layers };
}

function countBytes(tensors: LlamaTensors): number {
  const entries = new Set<WeightEntry>([
    tensors.embedTokens,
    tensors.lmHead,
    tensors.norm,
  ]);
  for (const layer of tensors.layers) {
    for (const entry of listWeights(layer)) entries.add(entry);
  }
  return entries.values().reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
