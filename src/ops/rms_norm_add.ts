import { bindKernel, floatConstant, type Op, workgroupSize } from "./op.ts";
import { checkFours, rowsOperand } from "./matrix_kernel.ts";
import type { Gpu } from "../gpu/gpu.ts";

/**
 * Adds rows, normalised by their root mean square: `out[t] += x[t] / sqrt(mean(x[t]²) + eps) * weight`.
 *
 * Shapes: x `[T, D]` f32, weight `[D]` f32, out `[T, D]` f32; D a multiple of 4.
 *
 * @param gpu Device.
 * @param args Row table, operands, size and epsilon.
 * @returns The op, taking `T`.
 * @throws {RangeError} If a buffer is too small.
 */
export function rmsNormAdd(
  gpu: Gpu,
  args: {
    readonly rows: GPUBuffer;
    readonly x: GPUBuffer;
    readonly weight: GPUBuffer;
    readonly out: GPUBuffer;
    readonly hiddenSize: number;
    readonly eps: number;
  },
): Op {
  const { x, weight, out, hiddenSize } = args;
  checkFours("out", hiddenSize);
  const minBytes = hiddenSize * 4;
  const launch = bindKernel(gpu, "rms_norm_add", {
    elem: "f32",
    constants: {
      WG: workgroupSize(gpu, 64),
      D: hiddenSize,
      EPS: floatConstant(args.eps),
    },
    operands: [
      rowsOperand(args.rows),
      { name: "x", kind: "read", buffer: x, minBytes },
      { name: "weight", kind: "read", buffer: weight, minBytes },
      { name: "out", kind: "write", buffer: out, minBytes },
    ],
  });
  return (numRows) => [launch([1, numRows, 1])];
}
