import { type AttentionArgs, attentionBindings } from "./attention_serial.ts";
import type { AttentionShape } from "./matmul_qkv.ts";
import { bindKernel } from "./op.ts";
import type { Dispatch } from "../gpu/dispatch.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { MAX_PATH } from "./row_table.ts";

/** Positions between the borders at which a row's keys are cut, a multiple of 64. */
export const SPLIT_KEYS = 256;

/** Where the sums of splits lie, and how many there can be. */
export interface SplitArgs {
  /** `[T, H, splits, E + 4]` f32: sums of each split. */
  readonly partials: GPUBuffer;
  /** Most positions of a sequence. */
  readonly contextLength: number;
  /** Positions of a split, a multiple of 64. Default: {@linkcode SPLIT_KEYS}. */
  readonly splitKeys?: number | undefined;
}

/**
 * Sums, of what each row attends to, the keys of each split by themselves; `attentionMerge` joins them.
 *
 * Shapes: q `[T, H, E]`, k and v `[S, G, E]`, partials `[T, H, splits, E + 4]`.
 *
 * @param gpu Device.
 * @param args Row table, operands but the output, number type, sizes.
 * @returns The op, taking `T`, and how many workgroups share the splits of a row and head.
 * @throws {RangeError} If a buffer is too small.
 */
export function attentionSplit(
  gpu: Gpu,
  args: Omit<AttentionArgs, "out"> & SplitArgs,
): (numRows: number, numWorkgroups: number) => readonly Dispatch[] {
  const { constants, ...bindings } = attentionBindings(args, {
    name: "partials",
    kind: "write",
    buffer: args.partials,
    minBytes: partialBytes(args.shape, args),
  });
  const launch = bindKernel(gpu, "attention_split", {
    ...bindings,
    constants: { ...constants, ...splitConstants(args) },
  });
  const { numHeads } = args.shape;
  return (numRows, numWorkgroups) => [
    launch([numHeads, numRows, numWorkgroups]),
  ];
}

/**
 * Gives what kernels know of splits.
 *
 * @param args Most positions of a sequence, those of a split, and of a window.
 * @returns Constants.
 */
export function splitConstants(
  args: Pick<AttentionArgs, "window"> & Omit<SplitArgs, "partials">,
): { readonly SPLIT_KEYS: number; readonly MAX_SPLITS: number } {
  const { contextLength, window, splitKeys = SPLIT_KEYS } = args;
  // A tree's nodes may stand behind the last position.
  const inContext = Math.ceil((contextLength + MAX_PATH) / splitKeys);
  // A window begins and ends within splits.
  const inWindow = Math.ceil(((window ?? Infinity) - 1) / splitKeys) + 1;
  return {
    SPLIT_KEYS: splitKeys,
    MAX_SPLITS: Math.min(inContext, inWindow),
  };
}

/**
 * Counts the bytes that the sums of one row take.
 *
 * @param shape Heads and their size.
 * @param args Most positions of a sequence, those of a split, and of a window.
 * @returns Bytes.
 */
export function partialBytes(
  shape: Pick<AttentionShape, "numHeads" | "headDim">,
  args: Parameters<typeof splitConstants>[0],
): number {
  const { MAX_SPLITS } = splitConstants(args);
  return shape.numHeads * MAX_SPLITS * (shape.headDim + 4) * 4;
}
