import type { Elem, KernelConstants } from "../gpu/shader.ts";
import { elemBytes } from "./op.ts";

/** Formats of weights in blocks that share scales, by GGUF's names. */
export const BLOCK_FORMATS = [
  "Q4_0",
  "Q4_1",
  "Q5_0",
  "Q5_1",
  "Q8_0",
  "Q4_K",
  "Q5_K",
  "Q6_K",
] as const;

/** A format of weights in blocks. */
export type WeightBlocks = typeof BLOCK_FORMATS[number];

/** How weights are stored on the device: as numbers, or in blocks. */
export type WeightFormat = Elem | WeightBlocks;

/** What a format's blocks are made of. */
interface BlockLayout {
  /** Bits that lie apart from the highest. */
  readonly LOW_BITS: 4 | 8;
  readonly HIGH_BITS: 0 | 1 | 2;
  /** Whether blocks have minimums besides scales. */
  readonly HAS_MIN: 0 | 1;
  /** Whether 256 columns share what their blocks' scales are multiplied by. */
  readonly IS_SUPER: 0 | 1;
  /** Subtracted before scaling. */
  readonly CENTER: number;
}

const LAYOUTS: Readonly<Record<WeightBlocks, BlockLayout>> = {
  Q4_0: { LOW_BITS: 4, HIGH_BITS: 0, HAS_MIN: 0, IS_SUPER: 0, CENTER: 8 },
  Q4_1: { LOW_BITS: 4, HIGH_BITS: 0, HAS_MIN: 1, IS_SUPER: 0, CENTER: 0 },
  Q5_0: { LOW_BITS: 4, HIGH_BITS: 1, HAS_MIN: 0, IS_SUPER: 0, CENTER: 16 },
  Q5_1: { LOW_BITS: 4, HIGH_BITS: 1, HAS_MIN: 1, IS_SUPER: 0, CENTER: 0 },
  Q8_0: { LOW_BITS: 8, HIGH_BITS: 0, HAS_MIN: 0, IS_SUPER: 0, CENTER: 0 },
  Q4_K: { LOW_BITS: 4, HIGH_BITS: 0, HAS_MIN: 1, IS_SUPER: 1, CENTER: 0 },
  Q5_K: { LOW_BITS: 4, HIGH_BITS: 1, HAS_MIN: 1, IS_SUPER: 1, CENTER: 0 },
  Q6_K: { LOW_BITS: 4, HIGH_BITS: 2, HAS_MIN: 0, IS_SUPER: 1, CENTER: 32 },
};

/** Whether weights are stored in blocks. */
export function isBlocks(format: WeightFormat): format is WeightBlocks {
  return format !== "f16" && format !== "f32";
}

/** Columns of a format's whole blocks. */
export function blockCols(format: WeightFormat): 4 | 32 | 256 {
  if (!isBlocks(format)) return 4;
  return LAYOUTS[format].IS_SUPER === 1 ? 256 : 32;
}

/**
 * Says how kernels read a format: the library, and the constants that it needs besides `K` and `M`.
 *
 * @param format The format.
 * @returns Constants of a kernel that imports `WEIGHTS`.
 */
export function weightConstants(format: WeightFormat): KernelConstants {
  return isBlocks(format)
    ? { WEIGHTS: "weights_blocks", ...LAYOUTS[format] }
    : { WEIGHTS: "weights_plain" };
}

/**
 * Says how kernels write a format of blocks.
 *
 * @param format The format.
 * @returns Constants.
 */
export function blockConstants(format: WeightBlocks): KernelConstants {
  const { CENTER: _, ...layout } = LAYOUTS[format];
  return { ...layout, FORMAT: BLOCK_FORMATS.indexOf(format) };
}

/**
 * Counts the bytes of 32 rows of a packed matrix.
 *
 * @param format How its weights are stored.
 * @param numCols Its columns, `K`, a multiple of a block's.
 * @returns Bytes; see `kernels/lib/block_layout.wgsl`.
 */
export function packedRowsBytes(
  format: WeightFormat,
  numCols: number,
): number {
  if (!isBlocks(format)) return 32 * numCols * elemBytes(format);
  const { LOW_BITS, HIGH_BITS, HAS_MIN, IS_SUPER } = LAYOUTS[format];
  const numRuns = numCols / 32;
  const scaleWords = IS_SUPER === 1
    ? numRuns * 8 + numCols / 256 * 8 * (1 + HAS_MIN)
    : numRuns * 8 * (1 + HAS_MIN);
  const words = numCols * LOW_BITS / 2 + scaleWords + HIGH_BITS * numRuns * 16;
  return words * 8;
}
