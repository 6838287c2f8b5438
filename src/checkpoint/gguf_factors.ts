import type { TensorEntry } from "./tensor_entry.ts";

/** Tensors of factors that the configuration follows from. */
export const GGUF_FACTORS: readonly string[] = [
  "rope_freqs.weight",
  "rope_factors_short.weight",
  "rope_factors_long.weight",
];

/** Most factors that a tensor may have. */
export const MAX_GGUF_FACTORS = 512;

/** Whether a tensor is a list of factors, of a size that there can be. */
export function isGgufFactors({ dtype, shape }: TensorEntry): boolean {
  const [length = 0, ...others] = shape;
  return dtype === "F32" && others.length === 0 && length <= MAX_GGUF_FACTORS;
}
