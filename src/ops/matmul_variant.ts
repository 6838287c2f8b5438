import type { Gpu } from "../gpu/gpu.ts";
import { MAX_SOFTWARE_ITERATIONS } from "./op.ts";

/** How a matrix kernel is cut for a number of rows; no choice changes a bit of its results. */
export interface MatmulVariant {
  /** Rows that one thread sums. */
  readonly TILE: number;
  /** Blocks of 32 outputs that a workgroup sums, so that a thread uses what it read of a row for four outputs of each. */
  readonly SPAN: number;
  /** Chunks of `K` that a workgroup sums side by side. */
  readonly GROUPS: number;
}

/** Sizes that a matrix kernel is cut by. */
export interface ProductShape {
  /** Rows, `T`, or `R`. */
  readonly numRows: number;
  /** Columns of the matrix, `K`. */
  readonly numCols: number;
  /** Blocks of 32 outputs. */
  readonly numBlocks: number;
  /** Whether the product normalises its input, which takes 64 threads on a GPU. */
  readonly isNormed: boolean;
}

/** Columns that are summed in one go, whatever the variant; see `kernels/lib/matmul.wgsl`. */
export const CHUNK_COLS = 64;

/** Largest number of rows that one thread sums; buffers of rows are padded to a multiple of it. */
export const MAX_ROW_TILE = 8;

/** Widest input, `K`, that a product normalises itself. */
export const MAX_NORMED_COLS = 256;

/** Workgroups that keep the cores of a small computer busy. */
const SOFTWARE_CORES = 2;

/** Workgroups that keep all cores of a GPU busy: with fewer, rows are spread over more of them. */
const BUSY_WORKGROUPS = 256;

/**
 * Chooses how to cut a matrix kernel, by rule.
 *
 * A GPU is slowest where few of its cores work: rows share a thread, and the weights that it reads, only where
 * enough workgroups are left, and a workgroup sums as many chunks side by side as there are.
 *
 * A software adapter has nothing to gain from side-by-side chunks, and pays for the barriers between them,
 * unless a row is so long that one thread's loops would end early.
 *
 * @param gpu Device.
 * @param product Its sizes.
 * @returns Rows per thread and chunks in flight.
 */
export function matmulVariant(
  gpu: Gpu,
  product: ProductShape,
): MatmulVariant {
  const { numCols, numBlocks } = product;
  // Rounded up, so that few variants serve all numbers of rows.
  const numRows = ceilPowerOfTwo(product.numRows);
  const most = Math.min(numRows, MAX_ROW_TILE);
  if (gpu.adapter.isSoftware) {
    // Blocks that share a thread shall leave none of the cores idle.
    const least = gpu.adapter.isInline ? 2 : 2 * SOFTWARE_CORES;
    const SPAN = numBlocks >= least ? 2 : 1;
    const numSteps = numCols / 4 * (most + 1);
    const GROUPS = numSteps < MAX_SOFTWARE_ITERATIONS ? 1 : 16;
    return { TILE: most, SPAN, GROUPS };
  }
  const TILE =
    [8, 4, 2].find((tile) =>
      tile <= most && numBlocks * numRows / tile >= BUSY_WORKGROUPS
    ) ?? 1;
  const numChunks = ceilPowerOfTwo(Math.ceil(numCols / CHUNK_COLS));
  if (numChunks === 1 && !product.isNormed) return { TILE, SPAN: 1, GROUPS: 1 };
  const least = product.isNormed ? 8 : TILE;
  const GROUPS = Math.max(least, Math.min(numChunks, TILE === 1 ? 32 : 8));
  return { TILE, SPAN: 1, GROUPS };
}

function ceilPowerOfTwo(value: number): number {
  return 2 ** Math.ceil(Math.log2(value));
}
