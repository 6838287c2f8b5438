import {
  type DraftLayerWeights,
  type DraftUpload,
  loadDraftLayer,
  uploadNorm,
  uploadPlain,
} from "./draft_layer_weights.ts";
import type {
  DraftTensors,
  JakiroStarTensors,
  JakiroTensors,
} from "../checkpoint/mod.ts";
import type { PackedMatrix } from "../ops/mod.ts";

/** Weights of a drafter whose layer takes `fc([embedding; hidden state])`: EAGLE and Jakiro. */
export interface EagleWeights extends DraftLayerWeights {
  /** Tells them from EAGLE-3's. */
  readonly isEagle3: false;
  /** `[D, 2D]`: of the embedding and the hidden state. */
  readonly fc: PackedMatrix;
  readonly fcBias: GPUBuffer | null;
}

/** Tensors of these drafters. */
export type EagleTensors =
  | JakiroTensors
  | JakiroStarTensors
  | Extract<DraftTensors, { kind: "eagle" }>;

/**
 * Uploads the weights of EAGLE or Jakiro.
 *
 * @param tensors Where they are.
 * @param upload How they are uploaded.
 * @returns The weights.
 */
export async function loadEagleWeights(
  tensors: EagleTensors,
  upload: DraftUpload,
): Promise<EagleWeights> {
  return {
    isEagle3: false,
    fc: await uploadPlain(tensors.fc, upload),
    fcBias: tensors.fcBias && await uploadNorm(tensors.fcBias, upload),
    ...await loadDraftLayer(tensors, upload),
  };
}
