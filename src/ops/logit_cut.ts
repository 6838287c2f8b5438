import { allowedTokens } from "./allowed_tokens.ts";
import { bindKernel, type Op, workgroupSize } from "./op.ts";
import { rowsOperand } from "./matrix_kernel.ts";
import {
  SAMPLING_BYTES,
  type SamplingBuffers,
  samplingOperands,
} from "./sampling_buffers.ts";
import type { Gpu } from "../gpu/gpu.ts";

/**
 * Finds, for each logit row, the least processed logit that survives top-k, top-p and min-p.
 *
 * Shapes: logits `[R, V]` f32, cut `[R]` u32 order keys.
 *
 * @param gpu Device.
 * @param args Row table, buffers, number of tokens.
 * @returns The op, taking `R`.
 * @throws {RangeError} If a buffer is too small.
 */
export function logitCut(
  gpu: Gpu,
  args: SamplingBuffers & {
    readonly rows: GPUBuffer;
    readonly vocabSize: number;
    /** `[R, ceil(V/32)]` u32: which tokens may be chosen. Default: all. */
    readonly allowed?: GPUBuffer | null;
  },
): Op {
  const { vocabSize, allowed = null } = args;
  const { constants, operands } = allowedTokens({
    allowed,
    vocabSize,
    numBindings: 6,
  });
  const launch = bindKernel(gpu, "logit_cut", {
    elem: "f32",
    constants: {
      WG: workgroupSize(gpu, 256, vocabSize),
      V: vocabSize,
      ...constants,
    },
    operands: [
      {
        name: "sampling",
        kind: "uniform",
        buffer: args.sampling,
        minBytes: SAMPLING_BYTES,
      },
      rowsOperand(args.rows),
      ...samplingOperands(args, vocabSize),
      { name: "cut", kind: "write", buffer: args.cut, minBytes: 4 },
      ...operands,
    ],
  });
  return (numRows) => [launch([numRows, 1, 1])];
}
