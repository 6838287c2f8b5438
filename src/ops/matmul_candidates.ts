import {
  CHUNK_COLS,
  type MatmulVariant,
  matmulVariant,
  MAX_NORMED_COLS,
  MAX_ROW_TILE,
  type ProductShape,
} from "./matmul_variant.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { MAX_SOFTWARE_ITERATIONS, workgroupSize } from "./op.ts";

/** Threads of a workgroup that sum one chunk. */
const LANES = 8;
/** Bytes of workgroup memory that four sums take in each of them. */
const SUMS_BYTES = LANES * 16;
/** Numbers beside a row in workgroup memory: partial sums of its squares, or its experts' weights. */
const ROW_EXTRAS = 64;

/**
 * Lists ways to cut a product: the rule's, and what is close to it.
 *
 * @param gpu Device.
 * @param shape Sizes of the product.
 * @returns The ways, none twice, {@linkcode matmulVariant}'s the first.
 */
export function matmulCandidates(
  gpu: Gpu,
  shape: ProductShape,
): readonly [MatmulVariant, ...MatmulVariant[]] {
  const rule = matmulVariant(gpu, shape);
  const { TILE, SPAN, GROUPS } = rule;
  const near: readonly MatmulVariant[] = [
    { TILE, SPAN: 3 - SPAN, GROUPS },
    { TILE, SPAN, GROUPS: 2 * GROUPS },
    { TILE, SPAN, GROUPS: GROUPS / 2 },
    { TILE: TILE / 2, SPAN, GROUPS },
    { TILE: TILE / 2, SPAN: 3 - SPAN, GROUPS },
    {
      TILE: 2 * TILE,
      SPAN,
      GROUPS: GROUPS === 1 ? 1 : Math.max(GROUPS, 2 * TILE),
    },
    { TILE, SPAN, GROUPS: 1 },
  ];
  const others = near.filter((variant, index) =>
    isPossible(gpu, shape, variant) && !isSame(variant, rule) &&
    near.findIndex((other) => isSame(variant, other)) === index
  );
  return [rule, ...others];
}

/**
 * Says whether a product can be cut so, and no thread is left without a chunk of each row.
 *
 * @param gpu Device.
 * @param shape Sizes of the product.
 * @param variant How it would be cut.
 * @returns Whether kernel and device take it.
 */
export function isPossible(
  gpu: Gpu,
  shape: ProductShape,
  variant: MatmulVariant,
): boolean {
  const { TILE, SPAN, GROUPS } = variant;
  const { numRows, numCols, numBlocks, isNormed } = shape;
  const { limits } = gpu.device;
  const numChunks = Math.ceil(numCols / CHUNK_COLS);
  const leastGroups = isNormed ? workgroupSize(gpu, 64) / LANES : 1;
  const rowBytes = numCols <= MAX_NORMED_COLS ? numCols * 4 : 0;
  const memoryBytes = GROUPS * TILE * SPAN * SUMS_BYTES +
    TILE * (rowBytes + ROW_EXTRAS * 4);
  const numIterations = Math.ceil(numChunks / GROUPS) * CHUNK_COLS / 4 *
    (TILE + 1);
  return isPowerOfTwo(TILE) && TILE <= MAX_ROW_TILE && TILE < 2 * numRows &&
    (SPAN === 1 || SPAN === 2 && numBlocks > 1) &&
    isPowerOfTwo(GROUPS) && (GROUPS === 1 || GROUPS >= TILE) &&
    GROUPS >= leastGroups &&
    GROUPS < 2 * Math.max(numChunks, TILE, leastGroups) &&
    LANES * GROUPS <= limits.maxComputeInvocationsPerWorkgroup &&
    memoryBytes <= limits.maxComputeWorkgroupStorageSize &&
    (!gpu.adapter.isSoftware || numIterations < MAX_SOFTWARE_ITERATIONS);
}

/** Says whether two ways to cut a product are one. */
export function isSame(one: MatmulVariant, other: MatmulVariant): boolean {
  return one.TILE === other.TILE && one.SPAN === other.SPAN &&
    one.GROUPS === other.GROUPS;
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value)) && value >= 1;
}
