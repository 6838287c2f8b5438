import {
  blockCols,
  expertRows,
  PACK_ROWS,
  packedRowsBytes,
  padCols,
  type RoundedFormat,
  type WeightFormat,
} from "../ops/mod.ts";
import { type Quantization, roundedFormats } from "./quantization.ts";
import type { Elem } from "../gpu/shader.ts";
import { kvCacheBytes } from "./kv_cache.ts";
import type { ModelConfig } from "../checkpoint/mod.ts";
import { workspaceBytes, type WorkspaceOptions } from "./workspace.ts";

/** Memory that a model takes on the device with one sequence. */
export interface MemoryEstimate {
  /** Matrices as packed, norms and biases. */
  readonly weightsBytes: number;
  /** Keys and values of all positions. */
  readonly kvCacheBytes: number;
  /** Buffers of a pass, rotations, and what is kept per position and per token id. */
  readonly scratchBytes: number;
  /** All of it. */
  readonly totalBytes: number;
  /** The largest buffer that must fit one binding; matrices are cut instead. */
  readonly largestBufferBytes: number;
}

/** A weight matrix `[M, K]` as it lies on the device. */
export interface MatrixSize {
  /** Name, as in messages. */
  readonly label: string;
  /** Rows, `M`. */
  readonly numRows: number;
  /** Columns, `K`, padded. */
  readonly numCols: number;
  /** How many of them the model has. */
  readonly count: number;
}

/**
 * Estimates the memory that a model takes on the device, before anything is loaded.
 *
 * Left out are buffers of constant size, some 20 KiB, and 8 MiB through which weights are uploaded.
 *
 * @param config Sizes of the model.
 * @param options Number type, positions `S`, rows of a pass.
 * @returns Bytes.
 */
export function estimateMemory(
  config: ModelConfig,
  options: WorkspaceOptions & {
    /** Whether the adapter runs on a CPU. */
    readonly isSoftware: boolean;
    /** Cache rows behind the context, for the nodes of a tree. Default: none. */
    readonly numTreeSlots?: number;
    /** To what weights are rounded. Default: nothing. */
    readonly quantization?: Quantization | null;
    /** Bytes of all matrices, where files store them in blocks. Default: by their sizes. */
    readonly matrixBytes?: number | undefined;
  },
): MemoryEstimate {
  const { elem, contextLength } = options;
  const { q, partials, ...others } = workspaceBytes(config, options);
  const rope = contextLength * config.headDim * 4;
  const numRopes = config.localRope === null ? 1 : 2;
  const perPosition = 2 * 4 * (contextLength + 1);
  const perToken = 2 * 4 * config.vocabSize;
  const weights = vectorBytes(config) + (options.matrixBytes ??
    matrixBytes(config, { ...options, elem }));
  const kvCache = kvCacheBytes(config, {
    numSlots: contextLength + (options.numTreeSlots ?? 0),
    format: options.cacheFormat ?? elem,
  });
  const scratch = Object.values(others).reduce((sum, size) => sum + size, 0) +
    2 * q + partials + numRopes * rope + perPosition + perToken;
  return {
    weightsBytes: weights,
    kvCacheBytes: kvCache,
    scratchBytes: scratch,
    totalBytes: weights + kvCache + scratch,
    largestBufferBytes: Math.max(
      kvCache / (2 * config.numHiddenLayers),
      q,
      ...Object.values(others),
      rope,
    ),
  };
}

/**
 * Lists a model's matrices as they lie on the device.
 *
 * @param config Sizes of the model.
 * @returns The matrices, those of all layers together.
 */
export function matrixSizes(config: ModelConfig): readonly MatrixSize[] {
  const { vocabSize, hiddenSize, intermediateSize, headDim } = config;
  const qSize = config.numAttentionHeads * headDim;
  const qkvSize = qSize + 2 * config.numKeyValueHeads * headDim;
  const count = config.numHiddenLayers;
  const D = padCols(hiddenSize);
  return [
    {
      label: config.tieWordEmbeddings
        ? "embed_tokens and lm_head"
        : "embed_tokens, lm_head",
      numRows: vocabSize,
      numCols: D,
      count: config.tieWordEmbeddings ? 1 : 2,
    },
    { label: "qkv_proj", numRows: qkvSize, numCols: D, count },
    { label: "o_proj", numRows: hiddenSize, numCols: padCols(qSize), count },
    {
      label: "gate_up_proj",
      numRows: stackedRows(config, gateUpRows(config)),
      numCols: D,
      count,
    },
    {
      label: "down_proj",
      numRows: stackedRows(config, hiddenSize),
      numCols: padCols(intermediateSize),
      count,
    },
  ];
}

/**
 * Counts the bytes of one packed matrix.
 *
 * @param size Rows and columns.
 * @param format How it is stored.
 * @returns Bytes, padding included.
 */
export function packedBytes(
  size: Pick<MatrixSize, "numRows" | "numCols">,
  format: WeightFormat,
): number {
  const numBlocks = Math.ceil(size.numRows / PACK_ROWS);
  return numBlocks * packedRowsBytes(format, size.numCols);
}

/**
 * Says how a matrix of numbers is stored on the device.
 *
 * @param numCols Its columns, `K`.
 * @param options Number type, and what numbers are rounded to, or null.
 * @returns The format.
 */
export function numbersFormat(
  numCols: number,
  options: { readonly elem: Elem; readonly rounded: RoundedFormat | null },
): WeightFormat {
  const { elem, rounded } = options;
  return rounded !== null && numCols % blockCols(rounded) === 0
    ? rounded
    : elem;
}

function matrixBytes(
  config: ModelConfig,
  options: {
    readonly elem: Elem;
    readonly quantization?: Quantization | null;
  },
): number {
  const { elem, quantization = null } = options;
  const { layers, embeddings } = roundedFormats(quantization);
  const [tables, ...others] = matrixSizes(config).map((size, index) => {
    const rounded = index === 0 ? embeddings : layers;
    const format = numbersFormat(size.numCols, { elem, rounded });
    return size.count * packedBytes(size, format);
  });
  return others.reduce((sum, size) => sum + size, tables ?? 0);
}

/** Norms and biases are f32 whatever the matrices are. */
function vectorBytes(config: ModelConfig): number {
  const { hiddenSize, headDim, numAttentionHeads, numKeyValueHeads } = config;
  const qkvSize = (numAttentionHeads + 2 * numKeyValueHeads) * headDim;
  const attention = (config.attentionBias ? qkvSize : 0) +
    (config.outputBias ? hiddenSize : 0);
  const mlp = config.mlpBias ? gateUpRows(config) + hiddenSize : 0;
  const norms = (config.hasPostNorms ? 4 : 2) * hiddenSize +
    (config.hasQkNorm ? 2 * headDim : 0);
  const router = (config.experts?.numExperts ?? 0) * hiddenSize;
  const perLayer = norms + attention + mlp + router;
  return 4 * (config.numHiddenLayers * perLayer + hiddenSize);
}

/** Rows of the matrices of all networks of a layer, below each other. */
function stackedRows({ experts }: ModelConfig, numRows: number): number {
  return experts === null ? numRows : experts.numExperts * expertRows(numRows);
}

/** Gate and up rows alternate in pairs, so an odd `F` is padded. */
function gateUpRows(config: ModelConfig): number {
  return 4 * Math.ceil(config.intermediateSize / 2);
}
