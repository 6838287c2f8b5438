import { elemBytes } from "./op.ts";
import type { AttentionShape } from "./matmul_qkv.ts";
import type { Elem, KernelConstants } from "../gpu/shader.ts";

/**
 * How keys and values are stored: as numbers, or (`q8`) as 8-bit integers, of which up to 32 of a head share an f32
 * scale.
 */
export type CacheFormat = Elem | "q8";

/**
 * Says how kernels read a cache: the library, which needs nothing besides the sizes of heads.
 *
 * @param format How it stores keys and values.
 * @returns Constants of a kernel that imports `CACHE`.
 */
export function cacheConstants(format: CacheFormat): KernelConstants {
  return { CACHE: `cache_${format}` };
}

/**
 * Counts the bytes of the keys, or of the values, of one position.
 *
 * @param format How they are stored.
 * @param shape Key/value heads `G` and their size `E`.
 * @returns Bytes, a multiple of 8; see `kernels/lib/cache_q8.wgsl`.
 */
export function cacheSlotBytes(
  format: CacheFormat,
  shape: Pick<AttentionShape, "numKvHeads" | "headDim">,
): number {
  const { numKvHeads, headDim } = shape;
  if (format !== "q8") return numKvHeads * headDim * elemBytes(format);
  const headBytes = 4 * Math.ceil(headDim / 32) + headDim;
  return Math.ceil(numKvHeads * headBytes / 8) * 8;
}
