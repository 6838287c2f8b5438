import type { AttentionShape, PackedMatrix } from "../ops/mod.ts";
import { type ExpertTensors, feedForwardParts } from "./feed_forward.ts";
import { ropeRowMap } from "../ops/mod.ts";
import type { CacheShape } from "../model/mod.ts";
import { identityMap, WeightUploader } from "../model/mod.ts";
import type {
  DraftLayerTensors,
  TensorFiles,
  WeightEntry,
} from "../checkpoint/mod.ts";
import type { Elem } from "../gpu/shader.ts";
import type { Gpu } from "../gpu/gpu.ts";

/** Weights of a drafter on the device. */
export interface DraftWeights {
  readonly elem: Elem;
  readonly hiddenSize: number;
  readonly rmsNormEps: number;
  readonly shape: AttentionShape;
  readonly cacheShape: CacheShape;
  /** `[D, 2D]`: of the embedding and the hidden state. */
  readonly fc: PackedMatrix;
  readonly fcBias: GPUBuffer | null;
  /** `[(H+2G)*E, D]`. */
  readonly qkv: PackedMatrix;
  readonly qkvBias: GPUBuffer | null;
  /** `[D, H*E]`. */
  readonly o: PackedMatrix;
  readonly postAttentionNorm: GPUBuffer;
  /** `[2X*F, D]`: gate and up of all experts; `[2F, D]`, first layers, where they are routed as `star`. */
  readonly gateUp: PackedMatrix;
  /** `[D, X*F]`: down of all experts side by side. */
  readonly down: PackedMatrix;
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

/** Tensors of a drafter with one decoder layer on `fc([embedding; hidden state])`. */
export interface LayerTensors extends DraftLayerTensors {
  /** How experts are weighed, or null where there is one feed-forward block. */
  readonly moeGate: WeightEntry | null;
  /** One or more feed-forward blocks. */
  readonly experts: readonly ExpertTensors[];
}

/** What of a drafter's configuration its weights are laid out by. */
export interface DraftShape extends AttentionShape {
  readonly hiddenSize: number;
  readonly rmsNormEps: number;
}

/**
 * Streams a drafter's weights to the device.
 *
 * @param gpu Device.
 * @param checkpoint Where the tensors are read.
 * @param args Tensors, sizes, number type.
 * @returns The weights.
 * @throws {RangeError} If a number is not as it must be.
 * @throws {GpuError} If memory runs out.
 */
export async function loadDraftWeights(
  gpu: Gpu,
  checkpoint: TensorFiles,
  args: {
    readonly tensors: LayerTensors;
    readonly shape: DraftShape;
    readonly elem: Elem;
  },
): Promise<DraftWeights> {
  const { tensors, elem, shape } = args;
  const { hiddenSize, numHeads, numKvHeads, headDim } = shape;
  using uploader = new WeightUploader(gpu, checkpoint, () => {});
  const qSize = numHeads * headDim;
  const kvSize = numKvHeads * headDim;
  const qkvRows = qSize + 2 * kvSize;
  const maps = [
    ropeRowMap(qSize, headDim, 0),
    ropeRowMap(kvSize, headDim, qSize),
    identityMap(kvSize, qSize + kvSize),
  ];
  const plain = (entry: WeightEntry): Promise<PackedMatrix> => {
    const numRows = entry.shape[0] ?? 0;
    const rowMap = identityMap(numRows, 0);
    return uploader.matrix(entry.name, [{ entry, rowMap }], { numRows, elem });
  };
  const withMaps = (entries: readonly WeightEntry[]) =>
    entries.map((entry, index) => ({
      entry,
      rowMap: maps[index] ?? identityMap(0, 0),
    }));
  const numExperts = tensors.experts.length;
  const feedForward = feedForwardParts(tensors.experts, hiddenSize);
  const { expertSize } = feedForward;
  const weights: DraftWeights = {
    elem,
    hiddenSize,
    rmsNormEps: shape.rmsNormEps,
    shape,
    cacheShape: {
      numHiddenLayers: 1,
      numKeyValueHeads: numKvHeads,
      headDim,
    },
    fc: await plain(tensors.fc),
    fcBias: tensors.fcBias && await uploader.vector(
      "fc.bias",
      [{ entry: tensors.fcBias }],
      hiddenSize,
    ),
    qkv: await uploader.matrix(
      "draft qkv_proj",
      withMaps([tensors.q, tensors.k, tensors.v]),
      { numRows: qkvRows, elem },
    ),
    qkvBias: tensors.qkvBiases && await uploader.vector(
      "draft qkv bias",
      withMaps([
        tensors.qkvBiases.q,
        tensors.qkvBiases.k,
        tensors.qkvBiases.v,
      ]),
      qkvRows,
    ),
    o: await plain(tensors.o),
    postAttentionNorm: await uploader.vector(
      "draft norm",
      [{ entry: tensors.postAttentionNorm }],
      hiddenSize,
    ),
    gateUp: await uploader.matrix(
      "draft gate_up_proj",
      feedForward.first,
      { numRows: feedForward.numRows, elem },
    ),
    down: await uploader.matrix(
      "draft down_proj",
      feedForward.last,
      { numRows: hiddenSize, elem, numCols: numExperts * expertSize },
    ),
    moe: tensors.moeGate && {
      gate: await uploader.vector(
        "draft gate",
        [{ entry: tensors.moeGate }],
        (tensors.moeGate.shape[0] ?? 0) * hiddenSize,
      ),
      numExperts,
      expertSize,
      routing: tensors.experts.some((expert) => "proj" in expert)
        ? "star"
        : "mixture",
    },
  };
  await uploader.finish(elem);
  return weights;
}
