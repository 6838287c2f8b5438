import {
  bindMatrixKernel,
  checkFours,
  type InputNorm,
  normOperand,
} from "./matrix_kernel.ts";
import type { MatmulVariant } from "./matmul_variant.ts";
import { elemBytes, type Op } from "./op.ts";
import type { PackedMatrix } from "./packed_matrix.ts";
import type { Gpu } from "../gpu/gpu.ts";

/** Rows behind the experts': the gate's, one for each of two experts. */
const NUM_GATES = 2;

/**
 * Computes the first layers of two experts side by side, `out[t] = gelu(x[t] · wᵀ)` with the exact GELU, not the
 * one of tanh, and the values of the gate that chooses between them.
 *
 * Shapes: x `[T, K]`, w `[2*F + 2, K]` with the gate's rows behind the experts', F a multiple of 4, out `[T, 2*F]`,
 * gates `[T, 2]` f32 padded to 4 columns.
 *
 * @param gpu Device.
 * @param args Row table, operands, and the variant where it shall not be chosen by the number of rows.
 * @returns The op, taking `T`.
 * @throws {RangeError} If a buffer is too small, or the experts' rows are not as they must be.
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
    readonly gates: GPUBuffer;
    readonly variant?: MatmulVariant;
  },
): Op {
  const { rows, x, w, out, gates, variant } = args;
  const norm = normOperand(gpu, args.norm ?? null, { w, absent: rows });
  const stride = w.numRows - NUM_GATES;
  checkFours("an expert's activations", stride / 2);
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
      { name: "gates", kind: "write", buffer: gates, minBytes: 4 * 4 },
    ],
    constants: { STRIDE: stride, ...norm.constants },
    variant,
  });
}
