import {
  bindMatrixKernel,
  checkFours,
  type InputNorm,
  normOperand,
} from "./matrix_kernel.ts";
import type { MatmulVariant } from "./matmul_variant.ts";
import { elemBytes, type Op } from "./op.ts";
import { type PackedMatrix, padCols } from "./packed_matrix.ts";
import type { Gpu } from "../gpu/gpu.ts";

/**
 * Computes the gated activations of several experts side by side, and the values of the gate that weighs them.
 *
 * Shapes: x `[T, K]`, w `[2*X*F + X + 2, K]` with the experts' rows as {@linkcode swigluRowMap} puts them and the
 * gate's behind, F a multiple of 4, out `[T, X*F]`, gates `[T, X+2]` f32 with X+2 padded to a multiple of 4;
 * X experts.
 *
 * @param gpu Device.
 * @param args Row table, operands, and the variant where it shall not be chosen by the number of rows.
 * @returns The op, taking `T`.
 * @throws {RangeError} If a buffer is too small, or the experts' rows are not as they must be.
 */
export function matmulExperts(
  gpu: Gpu,
  args: {
    readonly rows: GPUBuffer;
    readonly x: GPUBuffer;
    readonly w: PackedMatrix;
    /** Applied to `x`, which then is f32. */
    readonly norm?: InputNorm | null;
    readonly numExperts: number;
    readonly out: GPUBuffer;
    readonly gates: GPUBuffer;
    readonly variant?: MatmulVariant;
  },
): Op {
  const { rows, x, w, out, gates, numExperts, variant } = args;
  const norm = normOperand(gpu, args.norm ?? null, { w, absent: rows });
  const numGates = numExperts + 2;
  const stride = (w.numRows - numGates) / 2;
  checkFours("an expert's activations", stride / numExperts);
  return bindMatrixKernel(gpu, "matmul_experts", {
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
      {
        name: "gates",
        kind: "write",
        buffer: gates,
        minBytes: padCols(numGates) * 4,
      },
    ],
    constants: {
      STRIDE: stride,
      GATE_STRIDE: padCols(numGates),
      ...norm.constants,
    },
    variant,
  });
}
