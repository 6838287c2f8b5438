import type {
  LlamaLayerTensors,
  ModelConfig,
  WeightEntry,
} from "../checkpoint/mod.ts";
import {
  expertRows,
  type PackedMatrix,
  ropeRowMap,
  type RoundedFormat,
  swigluRowMap,
} from "../ops/mod.ts";
import type { Elem } from "../gpu/shader.ts";
import { identityMap } from "./identity_map.ts";
import type { WeightUploader } from "./weight_uploader.ts";

/** Weights of one decoder layer on the device; what the checkpoint has not is null. */
export interface LayerWeights {
  /** `[D]` f32. */
  readonly inputNorm: GPUBuffer;
  /** `[(H+2G)*E, D]`. */
  readonly qkv: PackedMatrix;
  /** `[(H+2G)*E]` f32. */
  readonly qkvBias: GPUBuffer | null;
  /** `[E]` f32 each, in the order of {@linkcode ropeRowMap}. */
  readonly headNorms: Readonly<Record<"q" | "k", GPUBuffer>> | null;
  /** `[D, H*E]`. */
  readonly o: PackedMatrix;
  /** `[D]` f32. */
  readonly oBias: GPUBuffer | null;
  /** `[D]` f32. */
  readonly feedForwardNorm: GPUBuffer;
  /** `[D]` f32 each. */
  readonly outputNorms:
    | Readonly<Record<"attention" | "feedForward", GPUBuffer>>
    | null;
  /** `[X, D]` f32. */
  readonly router: GPUBuffer | null;
  /** `[2F, D]`; of several networks below each other, each padded to whole blocks. */
  readonly gateUp: PackedMatrix;
  /** `[2F]` f32. */
  readonly gateUpBias: GPUBuffer | null;
  /** `[D, F]`; of several networks below each other, each padded to whole blocks. */
  readonly down: PackedMatrix;
  /** `[D]` f32. */
  readonly downBias: GPUBuffer | null;
}

/** What a layer is uploaded with. */
export interface LayerUpload {
  readonly uploader: WeightUploader;
  readonly config: ModelConfig;
  readonly elem: Elem;
  /** What matrices are rounded to, or null. */
  readonly rounded: RoundedFormat | null;
}

/**
 * Uploads a decoder layer.
 *
 * @param layer Where its tensors are.
 * @param upload How they are uploaded.
 * @returns The weights.
 */
export async function loadLayer(
  layer: LlamaLayerTensors,
  upload: LayerUpload,
): Promise<LayerWeights> {
  return {
    inputNorm: await uploadNorm(layer.inputNorm, upload),
    ...await loadAttention(layer, upload),
    feedForwardNorm: await uploadNorm(layer.feedForwardNorm, upload),
    ...await loadFeedForward(layer, upload),
  };
}

async function loadAttention(
  layer: LlamaLayerTensors,
  upload: LayerUpload,
): Promise<
  Pick<LayerWeights, "qkv" | "qkvBias" | "headNorms" | "o" | "oBias">
> {
  const { uploader, config, elem, rounded } = upload;
  const { hiddenSize, headDim } = config;
  const qSize = config.numAttentionHeads * headDim;
  const kvSize = config.numKeyValueHeads * headDim;
  const maps = [
    ropeRowMap(qSize, headDim, 0),
    ropeRowMap(kvSize, headDim, qSize),
    identityMap(kvSize, qSize + kvSize),
  ];
  const qkvRows = qSize + 2 * kvSize;
  const { q, k, v, qkvBiases, headNorms, oBias } = layer;
  const inHead = ropeRowMap(headDim, headDim, 0);
  return {
    qkv: await uploader.matrix("qkv_proj", joinParts([q, k, v], maps), {
      numRows: qkvRows,
      elem,
      rounded,
    }),
    qkvBias: await bias(
      uploader,
      qkvBiases && [qkvBiases.q, qkvBiases.k, qkvBiases.v],
      { maps, length: qkvRows },
    ),
    headNorms: headNorms && {
      q: await uploadNorm(headNorms.q, upload, inHead),
      k: await uploadNorm(headNorms.k, upload, inHead),
    },
    o: await plainMatrix(uploader, layer.o, upload),
    oBias: await bias(uploader, oBias && [oBias], { length: hiddenSize }),
  };
}

async function loadFeedForward(
  layer: LlamaLayerTensors,
  upload: LayerUpload,
): Promise<
  Pick<
    LayerWeights,
    "outputNorms" | "router" | "gateUp" | "gateUpBias" | "down" | "downBias"
  >
> {
  const { uploader, config, elem, rounded } = upload;
  const { hiddenSize, intermediateSize } = config;
  const { router, networks, outputNorms, mlpBiases } = layer;
  const isSingle = networks.length === 1;
  const gateUpRows = 4 * Math.ceil(intermediateSize / 2);
  const gateUpStride = isSingle ? gateUpRows : expertRows(gateUpRows);
  const downStride = isSingle ? hiddenSize : expertRows(hiddenSize);
  const gateUpMaps = (first: number) => [
    swigluRowMap(intermediateSize, "gate", first),
    swigluRowMap(intermediateSize, "up", first),
  ];
  return {
    outputNorms: outputNorms && {
      attention: await uploadNorm(outputNorms.attention, upload),
      feedForward: await uploadNorm(outputNorms.feedForward, upload),
    },
    router: router && await uploader.vector(
      router.name,
      [{ entry: router }],
      networks.length * hiddenSize,
    ),
    gateUp: await uploader.matrix(
      "gate_up_proj",
      networks.flatMap(({ gate, up }, index) =>
        joinParts([gate, up], gateUpMaps(index * gateUpStride))
      ),
      { numRows: networks.length * gateUpStride, elem, rounded },
    ),
    gateUpBias: await bias(
      uploader,
      mlpBiases && [mlpBiases.gate, mlpBiases.up],
      {
        maps: gateUpMaps(0),
        length: gateUpRows,
      },
    ),
    down: await uploader.matrix(
      "down_proj",
      networks.map(({ down }, index) => ({
        entry: down,
        rowMap: identityMap(hiddenSize, index * downStride),
      })),
      { numRows: networks.length * downStride, elem, rounded },
    ),
    downBias: await bias(uploader, mlpBiases && [mlpBiases.down], {
      length: hiddenSize,
    }),
  };
}

function joinParts(
  entries: readonly WeightEntry[],
  maps: readonly Uint32Array<ArrayBuffer>[],
): { entry: WeightEntry; rowMap: Uint32Array<ArrayBuffer> }[] {
  return entries.map((entry, index) => ({
    entry,
    rowMap: maps[index] ?? identityMap(entry.shape[0] ?? 0, 0),
  }));
}

/**
 * Uploads a matrix as it is.
 *
 * @param uploader Takes it to the device.
 * @param entry Where it is.
 * @param options Number type on the device, and what numbers are rounded to.
 * @returns The matrix.
 */
export function plainMatrix(
  uploader: WeightUploader,
  entry: WeightEntry,
  { elem, rounded }: Pick<LayerUpload, "elem" | "rounded">,
): Promise<PackedMatrix> {
  const numRows = entry.shape[0] ?? 0;
  return uploader.matrix(entry.name, joinParts([entry], []), {
    numRows,
    elem,
    rounded,
  });
}

/**
 * Uploads the weight of a norm, as it is multiplied by.
 *
 * @param entry Where it is.
 * @param upload How it is uploaded.
 * @param rowMap Place of each number. Default: their order.
 * @returns The buffer.
 */
export function uploadNorm(
  entry: WeightEntry,
  { uploader, config }: LayerUpload,
  rowMap: Uint32Array<ArrayBuffer> = identityMap(entry.shape[0] ?? 0, 0),
): Promise<GPUBuffer> {
  const part = { entry, rowMap, offset: config.normOffset };
  return uploader.vector(entry.name, [part], rowMap.length);
}

async function bias(
  uploader: WeightUploader,
  entries: readonly WeightEntry[] | null,
  options: {
    readonly maps?: readonly Uint32Array<ArrayBuffer>[];
    readonly length: number;
  },
): Promise<GPUBuffer | null> {
  if (entries === null) return null;
  const parts = entries.map((entry, index) => {
    const rowMap = options.maps?.[index];
    return rowMap === undefined ? { entry } : { entry, rowMap };
  });
  return await uploader.vector("bias", parts, options.length);
}
