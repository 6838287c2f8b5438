/** Numbers and their axes. */
export interface NamedTensor {
  /** Sizes of the axes, outermost first. */
  readonly shape: readonly number[];
  /** As many as the product of `shape`. */
  readonly values: Float32Array<ArrayBuffer>;
}

/** Tensors by name. */
export type NamedTensors = ReadonlyMap<string, NamedTensor>;
