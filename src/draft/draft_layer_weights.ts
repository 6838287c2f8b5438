import type { Eagle3Tensors, WeightEntry } from "../checkpoint/mod.ts";
import {
  feedForwardParts,
  type FeedForwardTensors,
  type Moe,
} from "./feed_forward.ts";
import type {
  AttentionShape,
  PackedMatrix,
  RoundedFormat,
} from "../ops/mod.ts";
import { ropeRowMap } from "../ops/mod.ts";
import type { CacheShape, WeightUploader } from "../model/mod.ts";
import { identityMap } from "../model/mod.ts";
import type { Elem } from "../gpu/shader.ts";

/** Weights that the decoder layer of every drafter has. */
export interface DraftLayerWeights {
  readonly elem: Elem;
  readonly hiddenSize: number;
  readonly rmsNormEps: number;
  readonly shape: AttentionShape;
  readonly cacheShape: CacheShape;
  /** `[(H+2G)*E, C]`, on `C` columns. */
  readonly qkv: PackedMatrix;
  readonly qkvBias: GPUBuffer | null;
  /** `[D, H*E]`. */
  readonly o: PackedMatrix;
  readonly postAttentionNorm: GPUBuffer;
  /**
   * `[2X*F, D]`: gate and up of all experts; `[X*F, D]`, first layers, where they have a GELU. Below them the rows of
   * the gate that weighs them. F is padded on the device.
   */
  readonly gateUp: PackedMatrix;
  /** `[D, X*F]`: down of all experts side by side. */
  readonly down: PackedMatrix;
  /** How they are weighed, or null where there is one feed-forward block. */
  readonly moe: Moe | null;
}

/** Tensors that the decoder layer of every drafter has. */
export type LayerTensors =
  & Pick<
    Eagle3Tensors,
    "q" | "k" | "v" | "o" | "qkvBiases" | "postAttentionNorm"
  >
  & FeedForwardTensors;

/** What of a drafter's configuration its weights are laid out by. */
export interface DraftShape extends AttentionShape {
  readonly hiddenSize: number;
  readonly rmsNormEps: number;
  /** EAGLE-3: the attention's output is added to the normed hidden state. */
  readonly normBeforeResidual: boolean;
}

/** How a drafter's weights are uploaded. */
export interface DraftUpload {
  readonly uploader: WeightUploader;
  readonly shape: DraftShape;
  readonly elem: Elem;
  /** What matrices are rounded to, or null. */
  readonly rounded: RoundedFormat | null;
}

/**
 * Uploads the decoder layer of a drafter.
 *
 * @param tensors Where its weights are.
 * @param upload How they are uploaded.
 * @returns The weights.
 */
export async function loadDraftLayer(
  tensors: LayerTensors,
  upload: DraftUpload,
): Promise<DraftLayerWeights> {
  const { uploader, shape, elem, rounded } = upload;
  const { hiddenSize, numHeads, numKvHeads, headDim } = shape;
  const qSize = numHeads * headDim;
  const kvSize = numKvHeads * headDim;
  const qkvRows = qSize + 2 * kvSize;
  const maps = [
    ropeRowMap(qSize, headDim, 0),
    ropeRowMap(kvSize, headDim, qSize),
    identityMap(kvSize, qSize + kvSize),
  ];
  const withMaps = (entries: readonly WeightEntry[]) =>
    entries.map((entry, index) => ({
      entry,
      rowMap: maps[index] ?? identityMap(0, 0),
    }));
  const { q, k, v, qkvBiases } = tensors;
  const feedForward = feedForwardParts(tensors, hiddenSize);
  return {
    elem,
    hiddenSize,
    rmsNormEps: shape.rmsNormEps,
    shape,
    cacheShape: {
      numHiddenLayers: 1,
      numKeyValueHeads: numKvHeads,
      headDim,
    },
    qkv: await uploader.matrix(
      "draft qkv_proj",
      withMaps([q, k, v]),
      { numRows: qkvRows, elem, rounded },
    ),
    qkvBias: qkvBiases && await uploader.vector(
      "draft qkv bias",
      withMaps([qkvBiases.q, qkvBiases.k, qkvBiases.v]),
      qkvRows,
    ),
    o: await uploadPlain(tensors.o, upload),
    postAttentionNorm: await uploadNorm(tensors.postAttentionNorm, upload),
    gateUp: await uploader.matrix(
      "draft gate_up_proj",
      feedForward.first,
      { numRows: feedForward.numRows, elem, rounded },
    ),
    down: await uploader.matrix(
      "draft down_proj",
      feedForward.last,
      {
        numRows: hiddenSize,
        elem,
        numCols: feedForward.numCols,
      },
    ),
    moe: feedForward.moe,
  };
}

/**
 * Uploads a matrix as it is.
 *
 * @param entry Where it is.
 * @param upload How it is uploaded.
 * @returns The matrix.
 */
export function uploadPlain(
  entry: WeightEntry,
  { uploader, elem, rounded }: DraftUpload,
): Promise<PackedMatrix> {
  const numRows = entry.shape[0] ?? 0;
  const rowMap = identityMap(numRows, 0);
  return uploader.matrix(entry.name, [{ entry, rowMap }], {
    numRows,
    elem,
    rounded,
  });
}

/**
 * Uploads a vector of `D` numbers as it is.
 *
 * @param entry Where it is.
 * @param upload How it is uploaded.
 * @returns The buffer.
 */
export function uploadNorm(
  entry: WeightEntry,
  { uploader, shape }: DraftUpload,
): Promise<GPUBuffer> {
  return uploader.vector(entry.name, [{ entry }], shape.hiddenSize);
}
