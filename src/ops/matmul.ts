import { bindMatrixKernel } from "./matrix_kernel.ts";
import type { MatmulVariant } from "./matmul_variant.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { floatConstant, type Op } from "./op.ts";
import type { PackedMatrix } from "./packed_matrix.ts";

/**
 * Multiplies the rows whose logits are wanted by a matrix: `out[r] = x[first_logit_row + r] · wᵀ`,
 * through `c * tanh(out / c)` where there is a soft cap `c`.
 *
 * Shapes: x `[T, K]`, w `[M, K]`, out `[R, M]` f32.
 *
 * @param gpu Device.
 * @param args Row table, operands, branches (default: 1), the only branch wanted where it is the second, soft cap
 *   (default: none), and the variant where it shall not be chosen by the number of rows.
 * @returns The op, taking `R`.
 * @throws {RangeError} If a buffer is too small.
 */
export function matmul(
  gpu: Gpu,
  args: {
    readonly rows: GPUBuffer;
    readonly x: GPUBuffer;
    readonly w: PackedMatrix;
    readonly out: GPUBuffer;
    readonly numBranches?: 1 | 2;
    readonly branch?: 0 | 1;
    readonly softCap?: number | null;
    readonly variant?: MatmulVariant;
  },
): Op {
  const { rows, x, w, out, numBranches = 1, variant } = args;
  return bindMatrixKernel(gpu, "matmul", {
    rows,
    x,
    w,
    rest: [
      { name: "out", kind: "write", buffer: out, minBytes: w.numRows * 4 },
    ],
    constants: {
      STRIDE: w.numRows,
      BRANCHES: numBranches,
      BRANCH: args.branch ?? 0,
      CAP: floatConstant(args.softCap ?? 0),
    },
    rowFactor: numBranches,
    variant,
  });
}
