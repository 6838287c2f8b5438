import { biasOperand, bindMatrixKernel, checkFours } from "./matrix_kernel.ts";
import type { MatmulVariant } from "./matmul_variant.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Op } from "./op.ts";
import type { PackedMatrix } from "./packed_matrix.ts";

/**
 * Adds a product to what is there: `out[t] += x[t] · wᵀ + bias`, the residual additions of a layer.
 *
 * Shapes: x `[T, K]`, w `[M, K]` with M a multiple of 4, bias `[M]` f32 or null, out `[T, M]` f32.
 *
 * @param gpu Device.
 * @param args Row table, operands, and the variant where it shall not be chosen by the number of rows.
 * @returns The op, taking `T`.
 * @throws {RangeError} If a buffer is too small.
 */
export function matmulAdd(
  gpu: Gpu,
  args: {
    readonly rows: GPUBuffer;
    readonly x: GPUBuffer;
    readonly w: PackedMatrix;
    readonly bias: GPUBuffer | null;
    readonly out: GPUBuffer;
    readonly variant?: MatmulVariant;
  },
): Op {
  const { rows, x, w, out, variant } = args;
  checkFours(w.label, w.numRows);
  const bias = biasOperand(args.bias, w.numRows, rows);
  return bindMatrixKernel(gpu, "matmul_add", {
    rows,
    x,
    w,
    rest: [
      bias.operand,
      { name: "out", kind: "write", buffer: out, minBytes: w.numRows * 4 },
    ],
    constants: { STRIDE: w.numRows, HAS_BIAS: bias.HAS_BIAS },
    variant,
  });
}
