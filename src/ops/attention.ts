import {
  attendedOperand,
  type AttentionArgs,
  attentionBindings,
  attentionSerial,
} from "./attention_serial.ts";
import { bindKernel, MAX_SOFTWARE_ITERATIONS, type Op } from "./op.ts";
import { attentionMerge } from "./attention_merge.ts";
import {
  attentionSplit,
  partialBytes,
  SPLIT_KEYS,
  type SplitArgs,
} from "./attention_split.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { splitWorkgroups } from "./split_workgroups.ts";

/** Largest head that the kernels can hold, `E`. */
export const MAX_HEAD_DIM = 256;

/** Positions that a block of a walk takes; see `kernels/lib/attend.wgsl`. */
const BLOCK_KEYS = 64;

/**
 * Attends from each row to the positions up to its own.
 *
 * Where few rows have many keys, several workgroups share those of a row and head, and their sums are joined in a
 * launch of its own; one alone sums and joins in the same order, so that this changes no bit.
 *
 * Shapes: q `[T, H, E]`, k and v `[S, G, E]`, out `[T, H, E]`, partials `[T, H, splits, E + 4]`.
 *
 * @param gpu Device.
 * @param args Row table, operands, number type, sizes, most keys `S`, room for sums of as many rows as may be split
 *   (default: none), and whether one thread walks all keys of a row and head (default: on a software adapter, unless
 *   they are too many).
 * @returns The op, taking `T`.
 * @throws {RangeError} If a buffer is too small, or a head or so many keys cannot be handled.
 */
export function attention(
  gpu: Gpu,
  args:
    & AttentionArgs
    & Omit<SplitArgs, "partials">
    & {
      readonly partials?: GPUBuffer | undefined;
      readonly isSerial?: boolean | undefined;
    },
): Op {
  const { shape, contextLength, splitKeys = SPLIT_KEYS, partials } = args;
  const { numHeads, headDim } = shape;
  if (headDim % 4 !== 0 || headDim > MAX_HEAD_DIM) {
    throw new RangeError(
      `Cannot attend as the head size E must be a multiple of 4 of at most ${MAX_HEAD_DIM}: ${headDim}`,
    );
  }
  if (args.isSerial ?? prefersSerial(gpu, args)) {
    return attentionSerial(gpu, args);
  }
  const { constants, ...bindings } = attentionBindings(
    args,
    attendedOperand(args),
  );
  const launch = bindKernel(gpu, "attention", {
    ...bindings,
    constants: { ...constants, SPLIT_KEYS: splitKeys },
  });
  const whole: Op = (numRows) => [launch([numHeads, numRows, 1])];
  const maxRows = Math.floor((partials?.size ?? 0) / partialBytes(shape, args));
  if (partials === undefined || maxRows === 0) return whole;
  const split = attentionSplit(gpu, { ...args, partials });
  const merge = attentionMerge(gpu, { ...args, partials });
  return (numRows, { numKeys } = { numKeys: contextLength }) => {
    const numWorkgroups = numRows > maxRows ? 1 : splitWorkgroups({
      numHeads: numRows * numHeads,
      numKeys: Math.min(numKeys, contextLength, args.window ?? Infinity),
      splitKeys,
    });
    return numWorkgroups === 1
      ? whole(numRows)
      : [...split(numRows, numWorkgroups), ...merge(numRows)];
  };
}

/** Chooses by the adapter and the most keys there can be, so that all passes sum in one order. */
function prefersSerial(
  gpu: Gpu,
  args:
    & Pick<AttentionArgs, "shape" | "window">
    & Pick<SplitArgs, "contextLength">,
): boolean {
  if (!gpu.adapter.isSoftware) return false;
  const { contextLength, window } = args;
  const numFours = args.shape.headDim / 4;
  const mostSerial = MAX_SOFTWARE_ITERATIONS / (2 * numFours + 1);
  // A window can cut the first of the blocks that it reaches into.
  const numKeys = Math.min(contextLength, (window ?? Infinity) + BLOCK_KEYS);
  if (numKeys <= mostSerial) return true;
  const numParts = Math.floor(BLOCK_KEYS / numFours);
  const stepsPerBlock = numFours + 16 + Math.ceil(BLOCK_KEYS / numParts) +
    numParts + 1;
  const most = Math.floor(MAX_SOFTWARE_ITERATIONS / stepsPerBlock) *
    BLOCK_KEYS;
  if (numKeys > most) {
    throw new RangeError(
      `Cannot attend on ${gpu.adapter.name} as the context must be at most ${most} tokens, or its loops end early: ${contextLength}`,
    );
  }
  return false;
}
