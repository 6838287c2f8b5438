import {
  partialBytes,
  type SplitArgs,
  splitConstants,
} from "./attention_split.ts";
import {
  ALL_SLOTS,
  attendedOperand,
  type AttentionArgs,
} from "./attention_serial.ts";
import { bindKernel, type Op } from "./op.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { rowsOperand } from "./matrix_kernel.ts";

const WG = 64;

/** What joins the sums of splits. */
export type AttentionMergeArgs =
  & Pick<AttentionArgs, "rows" | "out" | "elem" | "shape" | "window">
  & SplitArgs;

/**
 * Joins what `attentionSplit` has summed to what each row attends to.
 *
 * Shapes: partials `[T, H, splits, E + 4]`, out `[T, H, E]`.
 *
 * @param gpu Device.
 * @param args Row table, sums, output, number type, sizes.
 * @returns The op, taking `T`.
 * @throws {RangeError} If a buffer is too small.
 */
export function attentionMerge(gpu: Gpu, args: AttentionMergeArgs): Op {
  const { partials, elem, shape } = args;
  const { numHeads, headDim } = shape;
  const launch = bindKernel(gpu, "attention_merge", {
    elem,
    constants: {
      NUM_HEADS: numHeads,
      HEAD_DIM: headDim,
      WINDOW: args.window ?? ALL_SLOTS,
      ...splitConstants(args),
    },
    operands: [
      rowsOperand(args.rows),
      {
        name: "partials",
        kind: "read",
        buffer: partials,
        minBytes: partialBytes(shape, args),
      },
      attendedOperand(args),
    ],
  });
  const numThreads = numHeads * headDim / 4;
  return (numRows) => [launch([Math.ceil(numRows * numThreads / WG), 1, 1])];
}
