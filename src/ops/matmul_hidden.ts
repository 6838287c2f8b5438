import { bindMatrixKernel, checkFours } from "./matrix_kernel.ts";
import type { MatmulVariant } from "./matmul_variant.ts";
import { elemBytes, type Op } from "./op.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { PackedMatrix } from "./packed_matrix.ts";

/**
 * Ends a drafter's layer: `out[r] = residual[r mod T] + x[r] · wᵀ`, for the rows of one or two branches.
 *
 * Shapes: x `[T*B, K]`, w `[M, K]` with M a multiple of 4, residual `[T, M]` f32, out `[T*B, M]`, B branches.
 *
 * @param gpu Device.
 * @param args Row table, operands, branches, and the variant where it shall not be chosen by the number of rows.
 * @returns The op, taking `T`.
 * @throws {RangeError} If a buffer is too small.
 */
export function matmulHidden(
  gpu: Gpu,
  args: {
    readonly rows: GPUBuffer;
    readonly x: GPUBuffer;
    readonly w: PackedMatrix;
    readonly residual: GPUBuffer;
    readonly out: GPUBuffer;
    readonly numBranches: 1 | 2;
    readonly variant?: MatmulVariant;
  },
): Op {
  const { rows, x, w, residual, out, numBranches, variant } = args;
  checkFours(w.label, w.numRows);
  return bindMatrixKernel(gpu, "matmul_hidden", {
    rows,
    x,
    w,
    rest: [
      {
        name: "residual",
        kind: "read",
        buffer: residual,
        minBytes: w.numRows * 4,
      },
      {
        name: "out",
        kind: "write",
        buffer: out,
        minBytes: w.numRows * elemBytes(w.elem) * numBranches,
      },
    ],
    constants: { STRIDE: w.numRows, BRANCHES: numBranches },
    rowFactor: numBranches,
    variant,
  });
}
