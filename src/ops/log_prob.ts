import { bindKernel, type Op, workgroupSize } from "./op.ts";
import { rowsOperand } from "./matrix_kernel.ts";
import type { Gpu } from "../gpu/gpu.ts";

/**
 * Computes the log probability of each row's choice under its unprocessed logits.
 *
 * Shapes: logits `[R, V]` f32, choice `[R]` u32, logProb `[R]` f32.
 *
 * @param gpu Device.
 * @param args Row table, operands, number of tokens.
 * @returns The op, taking `R`.
 * @throws {RangeError} If a buffer is too small.
 */
export function logProb(
  gpu: Gpu,
  args: {
    readonly rows: GPUBuffer;
    readonly logits: GPUBuffer;
    readonly choice: GPUBuffer;
    readonly logProb: GPUBuffer;
    readonly vocabSize: number;
  },
): Op {
  const launch = bindKernel(gpu, "log_prob", {
    elem: "f32",
    constants: {
      WG: workgroupSize(gpu, 256, args.vocabSize),
      V: args.vocabSize,
    },
    operands: [
      rowsOperand(args.rows),
      {
        name: "logits",
        kind: "read",
        buffer: args.logits,
        minBytes: args.vocabSize * 4,
      },
      { name: "choice", kind: "read", buffer: args.choice, minBytes: 4 },
      { name: "log_prob", kind: "write", buffer: args.logProb, minBytes: 4 },
    ],
  });
  return (numRows) => [launch([numRows, 1, 1])];
}
