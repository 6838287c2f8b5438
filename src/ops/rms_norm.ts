import {
  bindKernel,
  elemBytes,
  floatConstant,
  type Op,
  workgroupSize,
} from "./op.ts";
import { checkFours, rowsOperand } from "./matrix_kernel.ts";
import type { Elem } from "../gpu/shader.ts";
import type { Gpu } from "../gpu/gpu.ts";

/**
 * Normalises rows by their root mean square: `out[t] = x[t] / sqrt(mean(x[t]²) + eps) * weight`.
 *
 * Shapes: x `[T, D]` f32, weight `[D]` f32, out `[T, D]`; D a multiple of 4.
 *
 * @param gpu Device.
 * @param args Row table, operands, number type of `out`, size and epsilon.
 * @returns The op, taking `T`.
 * @throws {RangeError} If a buffer is too small.
 */
export function rmsNorm(
  gpu: Gpu,
  args: {
    readonly rows: GPUBuffer;
    readonly x: GPUBuffer;
    readonly weight: GPUBuffer;
    readonly out: GPUBuffer;
    readonly elem: Elem;
    readonly hiddenSize: number;
    readonly eps: number;
  },
): Op {
  const { hiddenSize, elem } = args;
  checkFours("out", hiddenSize);
  const launch = bindKernel(gpu, "rms_norm", {
    elem,
    constants: {
      WG: workgroupSize(gpu, 64),
      D: hiddenSize,
      EPS: floatConstant(args.eps),
    },
    operands: [
      rowsOperand(args.rows),
      { name: "x", kind: "read", buffer: args.x, minBytes: hiddenSize * 4 },
      {
        name: "weight",
        kind: "read",
        buffer: args.weight,
        minBytes: hiddenSize * 4,
      },
      {
        name: "out",
        kind: "write",
        buffer: args.out,
        minBytes: hiddenSize * elemBytes(elem),
      },
    ],
  });
  return (numRows) => [launch([1, numRows, 1])];
}
