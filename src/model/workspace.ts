import {
  type CacheFormat,
  choiceBytes,
  elemBytes,
  MAX_ROW_TILE,
  padCols,
  partialsBytes,
} from "../ops/mod.ts";
import type { Elem } from "../gpu/shader.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { ModelConfig } from "../checkpoint/mod.ts";

/** Buffers that live for one pass; sessions share them, since the device runs one pass after another. */
export interface Workspace {
  /** Rows that the buffers hold, `T`. */
  readonly maxRows: number;
  /** `[T, D]` f32: the residual stream. */
  readonly residual: GPUBuffer;
  /** `[T, D]`: input of a block; after the last norm the hidden states. */
  readonly normed: GPUBuffer;
  /** `[T, H, E]`. */
  readonly q: GPUBuffer;
  /** `[T, G, E]` f32: keys on their way into a cache of 8 bits; else empty. */
  readonly keys: GPUBuffer;
  /** `[T, G, E]` f32: values on their way into a cache of 8 bits; else empty. */
  readonly values: GPUBuffer;
  /** `[T, H, E]`. */
  readonly attended: GPUBuffer;
  /** Sums of attention's splits, of few rows; empty where none is split. */
  readonly partials: GPUBuffer;
  /** `[T, F]`, F padded to a multiple of 4; of each network that a row takes, where it chooses. */
  readonly activation: GPUBuffer;
  /** `[T, D]` f32: output of a block that is normalised before it is added; else empty. */
  readonly output: GPUBuffer;
  /** `[T, C]` choices of networks; else empty. */
  readonly choice: GPUBuffer;
  /** `[R, V]` f32. */
  readonly logits: GPUBuffer;
}

/** What the buffers' sizes follow from. */
export interface WorkspaceOptions {
  /** Most rows in a pass, `T`. */
  readonly maxRows: number;
  /** Most rows whose logits are wanted, `R`. */
  readonly maxLogitRows: number;
  /** Most positions of a sequence, `S`. */
  readonly contextLength: number;
  /** Number type of activations. */
  readonly elem: Elem;
  /** How caches store keys and values. Default: in the same type. */
  readonly cacheFormat?: CacheFormat | undefined;
}

/**
 * Allocates the buffers of a pass.
 *
 * @param gpu Device.
 * @param config Sizes of the model.
 * @param options Rows and number type.
 * @returns The buffers.
 * @throws {RangeError} If one is larger than the device allows.
 */
export function createWorkspace(
  gpu: Gpu,
  config: ModelConfig,
  options: WorkspaceOptions,
): Workspace {
  const { isSoftware } = gpu.adapter;
  const sizes = workspaceBytes(config, { ...options, isSoftware });
  return {
    maxRows: options.maxRows,
    residual: gpu.createBuffer("residual", sizes.residual),
    normed: gpu.createBuffer("normed", sizes.normed),
    q: gpu.createBuffer("q", sizes.q),
    keys: gpu.createBuffer("keys", sizes.keys),
    values: gpu.createBuffer("values", sizes.values),
    attended: gpu.createBuffer("attended", sizes.q),
    // With less room, fewer rows are split.
    partials: gpu.createBuffer(
      "partials",
      Math.min(sizes.partials, gpu.maxBindingBytes),
    ),
    activation: gpu.createBuffer("activation", sizes.activation),
    output: gpu.createBuffer("output", sizes.output),
    choice: gpu.createBuffer("choice", sizes.choice),
    logits: gpu.createBuffer("logits", sizes.logits),
  };
}

/**
 * Counts the bytes of each buffer of a pass.
 *
 * @param config Sizes of the model.
 * @param options Rows, number type, and whether the adapter runs on a CPU.
 * @returns Bytes by buffer; `attended` is as large as `q`.
 */
export function workspaceBytes(
  config: ModelConfig,
  options: WorkspaceOptions & { readonly isSoftware: boolean },
): Readonly<
  Record<
    | "residual"
    | "normed"
    | "q"
    | "keys"
    | "values"
    | "partials"
    | "activation"
    | "output"
    | "choice"
    | "logits",
    number
  >
> {
  const { hiddenSize, numAttentionHeads, headDim, intermediateSize } = config;
  const numChosen = config.experts?.numChosen ?? 1;
  const rows = Math.ceil(options.maxRows / MAX_ROW_TILE) * MAX_ROW_TILE;
  const bytes = rows * elemBytes(options.elem);
  const kvBytes = options.cacheFormat === "q8"
    ? rows * config.numKeyValueHeads * headDim * 4
    : 0;
  return {
    residual: rows * hiddenSize * 4,
    normed: bytes * hiddenSize,
    q: bytes * numAttentionHeads * headDim,
    keys: kvBytes,
    values: kvBytes,
    // A CPU has too few cores for keys to be split.
    partials: options.isSoftware ? 0 : partialsBytes(
      { numHeads: numAttentionHeads, headDim },
      { ...options, window: widestWindow(config) },
    ),
    activation: bytes * padCols(intermediateSize) * numChosen,
    output: config.hasPostNorms ? rows * hiddenSize * 4 : 0,
    choice: config.experts === null ? 0 : choiceBytes(rows, numChosen),
    logits: options.maxLogitRows * config.vocabSize * 4,
  };
}

/** Most positions that a row of any layer attends to, or null where one has no window. */
function widestWindow(
  { layerWindows, numHiddenLayers }: ModelConfig,
): number | null {
  const windows = layerWindows.filter((window) => window !== null);
  return windows.length < numHiddenLayers ? null : Math.max(...windows);
}
