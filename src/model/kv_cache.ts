import {
  type BufferSlice,
  type CacheFormat,
  cacheSlotBytes,
} from "../ops/mod.ts";
import type { Gpu } from "../gpu/gpu.ts";

/** Keys and values of one layer. */
export interface LayerCache {
  /** `[S, G, E]`. */
  readonly k: BufferSlice;
  /** `[S, G, E]`. */
  readonly v: BufferSlice;
  /** How they are stored. */
  readonly format: CacheFormat;
}

/** Keys and values of some layers that lie in one buffer, one after another. */
export interface CacheGroup {
  readonly buffer: GPUBuffer;
  /** Keys and values: twice the layers. */
  readonly numParts: number;
}

/** What a cache's size follows from; a model's configuration has it. */
export interface CacheShape {
  readonly numHiddenLayers: number;
  /** `G` */
  readonly numKeyValueHeads: number;
  /** `E` */
  readonly headDim: number;
}

/** How long a cache is. */
export interface CacheOptions {
  /** Positions that it holds of a sequence, `S`. */
  readonly numSlots: number;
  /** Sequences that it holds, one behind the other. Default: 1. */
  readonly numSequences?: number;
  /** How keys and values are stored. */
  readonly format: CacheFormat;
}

/** Keys and values of all layers for the positions of one sequence, or of several. */
export class KvCache implements Disposable {
  /** From the first layer to the last. */
  readonly layers: readonly LayerCache[];
  /** The buffers that hold them. */
  readonly groups: readonly CacheGroup[];
  /** Slots of each sequence where there are several, else undefined. */
  readonly sequenceSlots: number | undefined;
  /** Bytes of the keys, or of the values, of one position in a layer. */
  readonly slotBytes: number;
  /** Bytes from one part of a buffer to the next. */
  readonly partBytes: number;
  readonly #gpu: Gpu;

  /**
   * Allocates a cache.
   *
   * @param gpu Device.
   * @param shape Sizes of the model.
   * @param options Positions `S` and format.
   * @throws {RangeError} If the device cannot bind a cache that long.
   */
  constructor(gpu: Gpu, shape: CacheShape, options: CacheOptions) {
    this.#gpu = gpu;
    const size = partBytes(shape, options);
    if (size > gpu.maxBindingBytes) {
      const most = Math.floor(options.numSlots * gpu.maxBindingBytes / size);
      throw new RangeError(
        `Cannot allocate the cache as the context must be at most ${most} tokens on ${gpu.adapter.name}: ${options.numSlots}`,
      );
    }
    const layersPerGroup = Math.max(
      1,
      Math.floor(gpu.maxBindingBytes / (2 * size)),
    );
    const groups: CacheGroup[] = [];
    const parts: BufferSlice[] = [];
    const { numHiddenLayers } = shape;
    for (let first = 0; first < numHiddenLayers; first += layersPerGroup) {
      const numParts = 2 * Math.min(layersPerGroup, numHiddenLayers - first);
      const label = `cache from layer ${first}`;
      // A single layer can be too large for one binding: then its keys and values lie apart.
      const perBuffer = numParts * size > gpu.maxBindingBytes ? 1 : numParts;
      for (let part = 0; part < numParts; part += perBuffer) {
        const buffer = gpu.createBuffer(label, perBuffer * size);
        groups.push({ buffer, numParts: perBuffer });
        for (let index = 0; index < perBuffer; index++) {
          parts.push({ buffer, offset: index * size, size });
        }
      }
    }
    this.groups = groups;
    const { numSlots, numSequences = 1, format } = options;
    this.sequenceSlots = numSequences === 1 ? undefined : numSlots;
    this.layers = Array.from({ length: numHiddenLayers }, (_, layer) => {
      const [k, v] = parts.slice(2 * layer);
      if (k === undefined || v === undefined) {
        throw new RangeError(`Cannot find the cache of layer ${layer}`);
      }
      return { k, v, format };
    });
    this.slotBytes = slotBytes(shape, format);
    this.partBytes = size;
  }

  /** Frees the buffers. */
  [Symbol.dispose](): void {
    for (const { buffer } of this.groups) this.#gpu.destroyBuffer(buffer);
  }
}

/**
 * Counts the bytes of a cache.
 *
 * @param shape Sizes of the model.
 * @param options Positions `S` and format.
 * @returns Bytes of all layers.
 */
export function kvCacheBytes(shape: CacheShape, options: CacheOptions): number {
  return 2 * shape.numHiddenLayers * partBytes(shape, options);
}

/** Bytes of one layer's keys, padded to where a binding can begin. */
function partBytes(shape: CacheShape, options: CacheOptions): number {
  const { numSlots, numSequences = 1, format } = options;
  const bytes = numSlots * numSequences * slotBytes(shape, format);
  return Math.ceil(bytes / 256) * 256;
}

function slotBytes(
  { numKeyValueHeads, headDim }: CacheShape,
  format: CacheFormat,
): number {
  return cacheSlotBytes(format, { numKvHeads: numKeyValueHeads, headDim });
}
