import type {
  Checkpoint,
  LlamaLayerTensors,
  LlamaTensors,
  ModelConfig,
  WeightEntry,
} from "../checkpoint/mod.ts";
import { resolveLlamaTensors } from "../checkpoint/mod.ts";
import { type PackedMatrix, ropeRowMap, swigluRowMap } from "../ops/mod.ts";
import type { Elem } from "../gpu/shader.ts";
import type { Gpu } from "../gpu/gpu.ts";
import {
  identityMap,
  type UploadProgress,
  WeightUploader,
} from "./weight_uploader.ts";

/** Weights of one decoder layer on the device; a bias is null where the checkpoint has none. */
export interface LayerWeights {
  /** `[D]` f32. */
  readonly inputNorm: GPUBuffer;
  /** `[(H+2G)*E, D]`. */
  readonly qkv: PackedMatrix;
  /** `[(H+2G)*E]` f32. */
  readonly qkvBias: GPUBuffer | null;
  /** `[D, H*E]`. */
  readonly o: PackedMatrix;
  /** `[D]` f32. */
  readonly oBias: GPUBuffer | null;
  /** `[D]` f32. */
  readonly postAttentionNorm: GPUBuffer;
  /** `[2F, D]`. */
  readonly gateUp: PackedMatrix;
  /** `[2F]` f32. */
  readonly gateUpBias: GPUBuffer | null;
  /** `[D, F]`. */
  readonly down: PackedMatrix;
  /** `[D]` f32. */
  readonly downBias: GPUBuffer | null;
}

/** Weights of a Llama on the device. */
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
 * @param checkpoint A Llama in Hugging Face form.
 * @param options Number type of the matrices; called as bytes arrive, with the total.
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
  const table = (entry: WeightEntry): Promise<PackedMatrix> =>
    plainMatrix(uploader, entry, elem);
  const embedTokens = await table(tensors.embedTokens);
  const isTied = tensors.lmHead === tensors.embedTokens;
  const lmHead = isTied ? embedTokens : await table(tensors.lmHead);
  const norm = await uploader.vector(
    "norm",
    [{ entry: tensors.norm }],
    config.hiddenSize,
  );
  const layers: LayerWeights[] = [];
  for (const layer of tensors.layers) {
    layers.push(await loadLayer(uploader, layer, { config, elem }));
  }
  await uploader.finish(elem);
  return { embedTokens, lmHead, norm, layers };
}

async function loadLayer(
  uploader: WeightUploader,
  layer: LlamaLayerTensors,
  options: { readonly config: ModelConfig; readonly elem: Elem },
): Promise<LayerWeights> {
  const { config, elem } = options;
  const { hiddenSize, headDim, intermediateSize, numKeyValueHeads } = config;
  const qSize = config.numAttentionHeads * headDim;
  const kvSize = numKeyValueHeads * headDim;
  const maps = [
    ropeRowMap(qSize, headDim, 0),
    ropeRowMap(kvSize, headDim, qSize),
    identityMap(kvSize, qSize + kvSize),
  ];
  const gateUpMaps = [
    swigluRowMap(intermediateSize, "gate"),
    swigluRowMap(intermediateSize, "up"),
  ];
  const qkvRows = qSize + 2 * kvSize;
  const gateUpRows = 4 * Math.ceil(intermediateSize / 2);
  const attention = layer.attentionBiases;
  const mlp = layer.mlpBiases;
  return {
    inputNorm: await vector(uploader, layer.inputNorm, hiddenSize),
    qkv: await uploader.matrix(
      "qkv_proj",
      joinParts([layer.q, layer.k, layer.v], maps),
      { numRows: qkvRows, elem },
    ),
    qkvBias: await bias(
      uploader,
      attention && [attention.q, attention.k, attention.v],
      {
        maps,
        length: qkvRows,
      },
    ),
    o: await plainMatrix(uploader, layer.o, elem),
    oBias: await bias(uploader, attention && [attention.o], {
      length: hiddenSize,
    }),
    postAttentionNorm: await vector(
      uploader,
      layer.postAttentionNorm,
      hiddenSize,
    ),
    gateUp: await uploader.matrix(
      "gate_up_proj",
      joinParts([layer.gate, layer.up], gateUpMaps),
      { numRows: gateUpRows, elem },
    ),
    gateUpBias: await bias(uploader, mlp && [mlp.gate, mlp.up], {
      maps: gateUpMaps,
      length: gateUpRows,
    }),
    down: await plainMatrix(uploader, layer.down, elem),
    downBias: await bias(uploader, mlp && [mlp.down], { length: hiddenSize }),
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

function plainMatrix(
  uploader: WeightUploader,
  entry: WeightEntry,
  elem: Elem,
): Promise<PackedMatrix> {
  const numRows = entry.shape[0] ?? 0;
  return uploader.matrix(entry.name, joinParts([entry], []), { numRows, elem });
}

function vector(
  uploader: WeightUploader,
  entry: WeightEntry,
  length: number,
): Promise<GPUBuffer> {
  return uploader.vector(entry.name, [{ entry }], length);
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

function countBytes(tensors: LlamaTensors): number {
  const entries = new Set<WeightEntry>([
    tensors.embedTokens,
    tensors.lmHead,
    tensors.norm,
  ]);
  for (const { attentionBiases, mlpBiases, ...layer } of tensors.layers) {
    for (const entry of Object.values(layer)) entries.add(entry);
    for (const entry of Object.values(attentionBiases ?? {})) {
      entries.add(entry);
    }
    for (const entry of Object.values(mlpBiases ?? {})) entries.add(entry);
  }
  return entries.values().reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
