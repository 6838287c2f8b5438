import { partialBytes, SPLIT_KEYS } from "./attention_split.ts";
import type { AttentionShape } from "./matmul_qkv.ts";

/** Most rows of a pass whose keys are split; more keep a GPU busy by themselves. */
const MAX_SPLIT_ROWS = 16;

/** Splits up to which one workgroup takes all of a row and head: joining them costs a launch. */
const FEW_SPLITS = 4;

/** Workgroups of 64 threads that keep all cores of a large GPU busy; beyond, keys are not split further. */
export const BUSY_WORKGROUPS = 1024;

/**
 * Says how many workgroups share the splits of each row and head of a pass.
 *
 * @param pass Heads of all its rows, most keys that a row attends to, and positions of a split.
 * @returns How many; 1 where they are not to be split.
 */
export function splitWorkgroups(
  pass: {
    readonly numHeads: number;
    readonly numKeys: number;
    readonly splitKeys: number;
  },
): number {
  const numSplits = Math.ceil(pass.numKeys / pass.splitKeys);
  if (numSplits <= FEW_SPLITS) return 1;
  return Math.min(numSplits, Math.ceil(BUSY_WORKGROUPS / pass.numHeads));
}

/**
 * Rounds a number of keys up to one of a few, so that the launches of a text that grows seldom change.
 *
 * @param numKeys Most keys that a row attends to.
 * @returns As many, or more.
 */
export function roundKeys(numKeys: number): number {
  const few = FEW_SPLITS * SPLIT_KEYS;
  return few * 2 ** Math.ceil(Math.log2(Math.max(1, numKeys / few)));
}

/**
 * Counts the bytes that hold the sums of splits, for as many rows as are ever split.
 *
 * @param shape Heads and their size.
 * @param args Most rows of a pass, most positions of a sequence, and of a window.
 * @returns Bytes; 0 where nothing is split.
 */
export function partialsBytes(
  shape: Pick<AttentionShape, "numHeads" | "headDim">,
  args: {
    readonly maxRows: number;
    readonly contextLength: number;
    readonly window: number | null;
  },
): number {
  const { contextLength, window } = args;
  const numKeys = Math.min(contextLength, window ?? Infinity);
  if (numKeys <= FEW_SPLITS * SPLIT_KEYS) return 0;
  const numRows = Math.min(
    args.maxRows,
    MAX_SPLIT_ROWS,
    Math.ceil(BUSY_WORKGROUPS / shape.numHeads) - 1,
  );
  return numRows * partialBytes(shape, args);
}
