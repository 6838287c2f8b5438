import {
  type CacheFormat,
  embed,
  matmul,
  MAX_HEAD_DIM,
  type Op,
  type PackedMatrix,
  rmsNorm,
  tap,
} from "../ops/mod.ts";
import { createWorkspace, type Workspace } from "./workspace.ts";
import type { Checkpoint, ModelConfig } from "../checkpoint/mod.ts";
import type { Elem } from "../gpu/shader.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { KvCache } from "./kv_cache.ts";
import { decoderLayer } from "./decoder_layer.ts";
import { type LlamaWeights, loadLlamaWeights } from "./llama_weights.ts";
import type { Quantization } from "./quantization.ts";
import { createRopes, type Ropes } from "./ropes.ts";
import { stepBytes } from "./step_bytes.ts";

/** The steps of a forward pass for one sequence. */
export interface ForwardOps {
  /** From the rows' tokens to the residual stream after the last layer; fills the cache. Takes `T`. */
  readonly layers: readonly Op[];
  /** From there to hidden states (taking `T`). */
  readonly norm: Op;
  /** From hidden states to the logits of the rows that want them (taking `R`). */
  readonly lmHead: Op;
}

/** States of the residual stream that a drafter wants kept. */
export interface Taps {
  /** Layers whose inputs are kept, in the order of the columns. */
  readonly layerIds: readonly number[];
  /** `[T, n*D]` for `n` layers. */
  readonly out: GPUBuffer;
}

/** The model whose distribution the output keeps: weights, tables and scratch buffers on the device. */
export class Target {
  /** Sizes. */
  readonly config: ModelConfig;
  /** Number type of weights and activations. */
  readonly elem: Elem;
  /** How caches store keys and values. */
  readonly cacheFormat: CacheFormat;
  /** To what weights were rounded, and a drafter's are, or null. */
  readonly quantization: Quantization | null;
  /** Positions that caches hold, `S`. */
  readonly contextLength: number;
  /** Buffers of a pass, shared by all sequences. */
  readonly workspace: Workspace;
  readonly #gpu: Gpu;
  readonly #weights: LlamaWeights;
  readonly #ropes: Ropes;

  private constructor(
    gpu: Gpu,
    args: {
      readonly config: ModelConfig;
      readonly elem: Elem;
      readonly cacheFormat: CacheFormat;
      readonly quantization: Quantization | null;
      readonly contextLength: number;
      readonly workspace: Workspace;
      readonly weights: LlamaWeights;
      readonly ropes: Ropes;
    },
  ) {
    this.#gpu = gpu;
    this.config = args.config;
    this.elem = args.elem;
    this.cacheFormat = args.cacheFormat;
    this.quantization = args.quantization;
    this.contextLength = args.contextLength;
    this.workspace = args.workspace;
    this.#weights = args.weights;
    this.#ropes = args.ropes;
  }

  /**
   * Loads a target onto the device.
   *
   * @param gpu Device.
   * @param checkpoint A model in Hugging Face form.
   * @param options Number type, positions `S`, rows `T` and logit rows `R` of a pass, progress.
   * @returns The target.
   * @throws {RangeError} If a size is not supported.
   * @throws {ReferenceError} If a tensor is missing.
   * @throws {GpuError} If memory runs out.
   */
  static async load(
    gpu: Gpu,
    checkpoint: Checkpoint,
    options: {
      readonly elem: Elem;
      /** How caches store keys and values. Default: in the same type. */
      readonly cacheFormat?: CacheFormat | undefined;
      /** To what weights are rounded. Default: nothing. */
      readonly quantization?: Quantization | null;
      readonly contextLength: number;
      readonly maxRows: number;
      readonly maxLogitRows: number;
      readonly onProgress: (doneBytes: number, totalBytes: number) => void;
    },
  ): Promise<Target> {
    const { config } = checkpoint;
    const { elem, cacheFormat = elem, contextLength } = options;
    checkSizes(config);
    const weights = await loadLlamaWeights(gpu, checkpoint, options);
    return await gpu.guard("allocate the buffers of a pass", () => {
      const workspace = createWorkspace(gpu, config, options);
      const ropes = createRopes(gpu, config, contextLength);
      return new Target(gpu, {
        config,
        elem,
        cacheFormat,
        quantization: options.quantization ?? null,
        contextLength,
        workspace,
        weights,
        ropes,
      });
    });
  }

  /** `[V, D]`. */
  get embedTokens(): PackedMatrix {
    return this.#weights.embedTokens;
  }

  /** `[V, D]`. */
  get lmHead(): PackedMatrix {
    return this.#weights.lmHead;
  }

  /** Bytes of the matrices that a pass over one row reads. */
  get stepBytes(): number {
    return stepBytes(this.#weights, this.config.experts);
  }

  /**
   * Lists the steps of a forward pass over a row table and a cache.
   *
   * @param rows Row table.
   * @param cache Keys and values of the sequence, or of all that the rows are of.
   * @param taps What to keep of the residual stream, or null (the default).
   * @returns The steps.
   */
  forward(
    rows: GPUBuffer,
    cache: KvCache,
    taps: Taps | null = null,
  ): ForwardOps {
    const { config, elem, workspace } = this;
    const weights = this.#weights;
    const tapSteps = (layer: number): readonly Op[] => {
      const place = taps?.layerIds.indexOf(layer) ?? -1;
      if (taps === null || place < 0) return [];
      return [tap(this.#gpu, {
        rows,
        x: workspace.residual,
        out: taps.out,
        elem,
        hiddenSize: config.hiddenSize,
        numCols: taps.layerIds.length * config.hiddenSize,
        firstCol: place * config.hiddenSize,
      })];
    };
    const layers = weights.layers.flatMap((layer, index) => {
      const layerCache = cache.layers[index];
      if (layerCache === undefined) return [];
      const window = config.layerWindows[index] ?? null;
      const steps = decoderLayer(this.#gpu, {
        weights: layer,
        cache: layerCache,
        workspace,
        rows,
        rope: window === null ? this.#ropes.full : this.#ropes.local,
        config,
        window,
        elem,
        contextLength: this.contextLength,
        sequenceSlots: cache.sequenceSlots,
      });
      return [...tapSteps(index), ...steps];
    });
    const { residual, normed, logits } = workspace;
    return {
      layers: [
        embed(this.#gpu, {
          rows,
          w: weights.embedTokens,
          out: residual,
          scale: config.embedScale,
        }),
        ...layers,
      ],
      norm: rmsNorm(this.#gpu, {
        rows,
        x: residual,
        weight: weights.norm,
        out: normed,
        elem,
        hiddenSize: config.hiddenSize,
        eps: config.rmsNormEps,
      }),
      lmHead: matmul(this.#gpu, {
        rows,
        x: normed,
        w: weights.lmHead,
        out: logits,
        softCap: config.finalSoftCap,
      }),
    };
  }
}

function checkSizes(config: ModelConfig): void {
  if (config.hiddenSize % 4 !== 0) {
    throw new RangeError(
      `Cannot load the model as its hidden_size must be a multiple of 4: ${config.hiddenSize}`,
    );
  }
  if (config.headDim % 4 !== 0 || config.headDim > MAX_HEAD_DIM) {
    throw new RangeError(
      `Cannot load the model as its head_dim must be a multiple of 4 of at most ${MAX_HEAD_DIM}: ${config.headDim}`,
    );
  }
}
