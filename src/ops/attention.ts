import {
  type AttentionArgs,
  attentionBindings,
  attentionSerial,
} from "./attention_serial.ts";
import { bindKernel, MAX_SOFTWARE_ITERATIONS, type Op } from "./op.ts";
import type { Gpu } from "../gpu/gpu.ts";

/** Largest head that the kernels can hold, `E`. */
export const MAX_HEAD_DIM = 256;

/**
 * Attends from each row to the positions up to its own.
 *
 * Shapes: q `[T, H, E]`, k and v `[S, G, E]`, out `[T, H, E]`.
 *
 * @param gpu Device.
 * @param args Row table, operands, number type, sizes, most keys `S`, and whether one thread walks all keys
 *   of a row and head (default: on a software adapter, unless they are too many).
 * @returns The op, taking `T`.
 * @throws {RangeError} If a buffer is too small, or a head or so many keys cannot be handled.
 */
export function attention(
  gpu: Gpu,
  args: AttentionArgs & {
    readonly contextLength: number;
    readonly isSerial?: boolean;
  },
): Op {
  const { numHeads, headDim } = args.shape;
  if (headDim % 4 !== 0 || headDim > MAX_HEAD_DIM) {
    throw new RangeError(
      `Cannot attend as the head size E must be a multiple of 4 of at most ${MAX_HEAD_DIM}: ${headDim}`,
    );
  }
  if (args.isSerial ?? prefersSerial(gpu, args)) {
    return attentionSerial(gpu, args);
  }
  const launch = bindKernel(gpu, "attention", attentionBindings(args));
  return (numRows) => [launch([numHeads, numRows, 1])];
}

/** Chooses by the adapter and the most keys there can be, so that all passes sum in one order. */
function prefersSerial(
  gpu: Gpu,
  args: Pick<AttentionArgs, "shape" | "window"> & {
    readonly contextLength: number;
  },
): boolean {
  if (!gpu.adapter.isSoftware) return false;
  const numFours = args.shape.headDim / 4;
  const mostSerial = MAX_SOFTWARE_ITERATIONS / (2 * numFours + 1);
  // A window can cut the first of the blocks that it reaches into.
  const numKeys = Math.min(args.contextLength, (args.window ?? Infinity) + 64);
  if (numKeys <= mostSerial) return true;
  const numParts = Math.floor(64 / numFours);
  const stepsPerBlock = numFours + 16 + Math.ceil(64 / numParts) + numParts + 1;
  const most = Math.floor(MAX_SOFTWARE_ITERATIONS / stepsPerBlock) * 64;
  if (numKeys > most) {
    throw new RangeError(
      `Cannot attend on ${gpu.adapter.name} as the context must be at most ${most} tokens, or its loops end early: ${args.contextLength}`,
    );
  }
  return false;
}
