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
import { feedForwardParts } from "./feed_forward.ts";
import type { PackedMatrix } from "../ops/mod.ts";

/** Weights of a drafter whose layer takes `fc([embedding; hidden state])`: EAGLE and Jakiro. */
export interface EagleWeights extends DraftLayerWeights {
  /** Tells them from EAGLE-3's. */
  readonly isEagle3: false;
  /** `[D, 2D]`: of the embedding and the hidden state. */
  readonly fc: PackedMatrix;
  readonly fcBias: GPUBuffer | null;
  /** How experts are weighed, or null where there is one feed-forward block. */
  readonly moe: {
    /** `[X+2, D]` f32; `[2, D]` where experts are routed as `star`. */
    readonly gate: GPUBuffer;
    readonly numExperts: number;
    readonly expertSize: number;
    /** A weighed sum and a contrast of SwiGLU experts, or one of two GELU experts for each branch. */
    readonly routing: "mixture" | "star";
  } | null;
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
  const hasExperts = tensors.kind !== "eagle";
  const experts = hasExperts ? tensors.experts : [tensors];
  return {
    isEagle3: false,
    fc: await uploadPlain(tensors.fc, upload),
    fcBias: tensors.fcBias && await uploadNorm(tensors.fcBias, upload),
    ...await loadDraftLayer({ ...tensors, experts }, upload),
    moe: hasExperts
      ? {
        gate: await upload.uploader.vector(
          "draft gate",
          [{ entry: tensors.moeGate }],
          (tensors.moeGate.shape[0] ?? 0) * upload.shape.hiddenSize,
        ),
        numExperts: experts.length,
        expertSize: feedForwardParts(experts, upload.shape.hiddenSize)
          .expertSize,
        routing: tensors.kind === "jakiro_star" ? "star" : "mixture",
      }
      : null,
  };
}
