import { elemBytes } from "../ops/mod.ts";
import type { Elem } from "../gpu/shader.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { ModelConfig } from "../checkpoint/mod.ts";

/** Keys and values of one layer. */
export interface LayerCache {
  /** `[S, G, E]`. */
  readonly k: GPUBuffer;
  /** `[S, G, E]`. */
  readonly v: GPUBuffer;
}

/** Keys and values of all layers for the positions of one sequence. */
export class KvCache implements Disposable {
  /** From the first layer to the last. */
  readonly layers: readonly LayerCache[];
  readonly #gpu: Gpu;

  /**
   * @param gpu Device.
   * @param config Sizes of the model.
   * @param options Positions `S` and number type.
   * @throws {RangeError} If the device cannot bind a cache that long.
   */
  constructor(
    gpu: Gpu,
    config: ModelConfig,
    options: { readonly contextLength: number; readonly elem: Elem },
  ) {
    this.#gpu = gpu;
    const sizeBytes = kvCacheBytes(config, options) / config.numHiddenLayers /
      2;
    if (sizeBytes > gpu.maxBindingBytes) {
      const most = Math.floor(
        options.contextLength * gpu.maxBindingBytes / sizeBytes,
      );
      throw new RangeError(
        `Cannot allocate the cache as the context must be at most ${most} tokens on ${gpu.adapter.name}: ${options.contextLength}`,
      );
    }
    this.layers = Array.from(
      { length: config.numHiddenLayers },
      (_, layer) => ({
        k: gpu.createBuffer(`k cache ${layer}`, sizeBytes),
        v: gpu.createBuffer(`v cache ${layer}`, sizeBytes),
      }),
    );
  }

  /** Frees the buffers. */
  [Symbol.dispose](): void {
    for (const { k, v } of this.layers) {
      this.#gpu.destroyBuffer(k);
      this.#gpu.destroyBuffer(v);
    }
  }
}

/**
 * Counts the bytes of a cache.
 *
 * @param config Sizes of the model.
 * @param options Positions `S` and number type.
 * @returns Bytes of all layers.
 */
export function kvCacheBytes(
  config: ModelConfig,
  options: { readonly contextLength: number; readonly elem: Elem },
): number {
  const { numHiddenLayers, numKeyValueHeads, headDim } = config;
  return 2 * numHiddenLayers * options.contextLength * numKeyValueHeads *
    headDim * elemBytes(options.elem);
}
