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
 * Chooses a token for each logit row: the largest processed logit plus noise of seed, position and id.
 *
 * Shapes: logits `[R, V]` f32, choice `[R]` u32.
 *
 * @param gpu Device.
 * @param args Row table, buffers, number of tokens.
 * @returns The op, taking `R`.
 * @throws {RangeError} If a buffer is too small.
 */
export function choose(
  gpu: Gpu,
  args: SamplingBuffers & {
    readonly rows: GPUBuffer;
    readonly choice: GPUBuffer;
    readonly vocabSize: number;
    /** `[R, ceil(V/32)]` u32: which tokens may be chosen. Default: all. */
    readonly allowed?: GPUBuffer | null;
  },
): Op {
  const { vocabSize, allowed = null } = args;
  const { constants, operands } = allowedTokens({
    allowed,
    vocabSize,
    numBindings: 7,
  });
  const launch = bindKernel(gpu, "choose", {
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
      { name: "cut", kind: "read", buffer: args.cut, minBytes: 4 },
      { name: "choice", kind: "write", buffer: args.choice, minBytes: 4 },
      ...operands,
    ],
  });
  return (numRows) => [launch([numRows, 1, 1])];
}
