/** How numbers are stored in blocks that share scales, by GGUF's names. */
export type BlockFormat =
  | "Q4_0"
  | "Q4_1"
  | "Q5_0"
  | "Q5_1"
  | "Q8_0"
  | "Q4_K"
  | "Q5_K"
  | "Q6_K";

/** What one block of a format holds. */
export interface BlockSize {
  /** Numbers of a block, side by side in a row. */
  readonly numElements: 32 | 256;
  /** Bytes that they take, scales included. */
  readonly sizeBytes: number;
}

/**
 * Sizes of the blocks of each format.
 *
 * Source: ggml's `ggml-common.h`.
 */
export const BLOCK_SIZES: Readonly<Record<BlockFormat, BlockSize>> = {
  Q4_0: { numElements: 32, sizeBytes: 18 },
  Q4_1: { numElements: 32, sizeBytes: 20 },
  Q5_0: { numElements: 32, sizeBytes: 22 },
  Q5_1: { numElements: 32, sizeBytes: 24 },
  Q8_0: { numElements: 32, sizeBytes: 34 },
  Q4_K: { numElements: 256, sizeBytes: 144 },
  Q5_K: { numElements: 256, sizeBytes: 176 },
  Q6_K: { numElements: 256, sizeBytes: 210 },
};

/** Whether a string names a block format. */
export function isBlockFormat(name: string): name is BlockFormat {
  return Object.hasOwn(BLOCK_SIZES, name);
}
