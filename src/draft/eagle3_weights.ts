import {
  type DraftLayerWeights,
  type DraftUpload,
  loadDraftLayer,
  uploadNorm,
  uploadPlain,
} from "./draft_layer_weights.ts";
import type { Eagle3Tensors } from "../checkpoint/mod.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { PackedMatrix } from "../ops/mod.ts";

/** Weights of a drafter that takes several states of the target and has a head of its own: EAGLE-3. */
export interface Eagle3Weights extends DraftLayerWeights {
  /** Tells them from others'. */
  readonly isEagle3: true;
  /** `[D, n*Dt]` on the inputs of `n` of the target's layers; null where its last state is taken. */
  readonly fc: PackedMatrix | null;
  /** The layers. */
  readonly tapLayerIds: readonly number[];
  /** `[V, D]`, or null where the target's is used. */
  readonly embedTokens: PackedMatrix | null;
  /** `[D]` f32, for the embedding. */
  readonly inputNorm: GPUBuffer;
  /** `[D]` f32, for the hidden state. */
  readonly hiddenNorm: GPUBuffer;
  /** `[D]` f32, before the head. */
  readonly norm: GPUBuffer;
  /** `[Vd, D]`. */
  readonly lmHead: PackedMatrix;
  /** `[Vd]` u32, the target's id of each row of the head, or null where they are the same. */
  readonly tokenIds: GPUBuffer | null;
  /** The attention's output is added to the normed hidden state. */
  readonly normBeforeResidual: boolean;
}

/**
 * Uploads the weights of EAGLE-3.
 *
 * @param gpu Device.
 * @param tensors Where they are.
 * @param upload How they are uploaded.
 * @returns The weights.
 */
export async function loadEagle3Weights(
  gpu: Gpu,
  tensors: Eagle3Tensors,
  upload: DraftUpload,
): Promise<Eagle3Weights> {
  const { fc, embedTokens, targetIds } = tensors;
  return {
    isEagle3: true,
    fc: fc && await uploadPlain(fc, upload),
    tapLayerIds: tensors.tapLayerIds,
    embedTokens: embedTokens && await uploadPlain(embedTokens, upload),
    inputNorm: await uploadNorm(tensors.inputNorm, upload),
    hiddenNorm: await uploadNorm(tensors.hiddenNorm, upload),
    ...await loadDraftLayer(tensors, upload),
    norm: await uploadNorm(tensors.norm, upload),
    lmHead: await uploadPlain(tensors.lmHead, upload),
    tokenIds: targetIds && uploadIds(gpu, targetIds),
    normBeforeResidual: upload.shape.normBeforeResidual,
  };
}

function uploadIds(gpu: Gpu, ids: Uint32Array<ArrayBuffer>): GPUBuffer {
  const buffer = gpu.createBuffer("draft token ids", ids.byteLength);
  gpu.device.queue.writeBuffer(buffer, 0, ids);
  return buffer;
}
