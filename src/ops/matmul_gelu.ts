import {
  bindMatrixKernel,
  type InputNorm,
  normOperand,
} from "./matrix_kernel.ts";
import type { MatmulVariant } from "./matmul_variant.ts";
import { elemBytes, type Op } from "./op.ts";
import { type PackedMatrix, padCols } from "./packed_matrix.ts";
import type { Gpu } from "../gpu/gpu.ts";

/**
 * Computes the first layer of a feed-forward block without a gate: `out[t] = gelu(x[t] · wᵀ)`, with the exact
 * GELU, not the one of tanh.
 *
 * Shapes: x `[T, K]`, w `[M, K]`, out `[T, M]` with M padded to a multiple of 4.
 *
 * @param gpu Device.
 * @param args Row table, operands, and the variant where it shall not be chosen by the number of rows.
 * @returns The op, taking `T`.
 * @throws {RangeError} If a buffer is too small.
 */
export function matmulGelu(
  gpu: Gpu,
  args: {
    readonly rows: GPUBuffer;
    readonly x: GPUBuffer;
    readonly w: PackedMatrix;
    /** Applied to `x`, which then is f32. */
    readonly norm?: InputNorm | null;
    readonly out: GPUBuffer;
    readonly variant?: MatmulVariant;
  },
): Op {
  const { rows, x, w, out, variant } = args;
  const norm = normOperand(gpu, args.norm ?? null, { w, absent: rows });
  const stride = padCols(w.numRows);
  return bindMatrixKernel(gpu, "matmul_gelu", {
    rows,
    x,
    w,
    rest: [
      norm.operand,
      {
        name: "out",
        kind: "write",
        buffer: out,
        minBytes: stride * elemBytes(w.elem),
      },
    ],
    constants: { STRIDE: stride, ...norm.constants },
    variant,
  });
}
