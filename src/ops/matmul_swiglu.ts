import {
  biasOperand,
  bindMatrixKernel,
  type InputNorm,
  normOperand,
} from "./matrix_kernel.ts";
import type { MatmulVariant } from "./matmul_variant.ts";
import { elemBytes, type Op } from "./op.ts";
import { type PackedMatrix, padCols } from "./packed_matrix.ts";
import type { Gpu } from "../gpu/gpu.ts";

/**
 * Computes the gated activation of a feed-forward block: `out[t] = act(gate[t]) * up[t]`, with SiLU for `act`, or
 * GELU by its approximation with tanh.
 *
 * Shapes: x `[T, K]`, w `[2F, K]` with rows as {@linkcode swigluRowMap} puts them, bias `[2F]` f32 in the
 * same order or null, out `[T, F]` with F padded to a multiple of 4.
 *
 * @param gpu Device.
 * @param args Row table, operands, and the variant where it shall not be chosen by the number of rows.
 * @returns The op, taking `T`.
 * @throws {RangeError} If a buffer is too small.
 */
export function matmulSwiglu(
  gpu: Gpu,
  args: {
    readonly rows: GPUBuffer;
    readonly x: GPUBuffer;
    readonly w: PackedMatrix;
    readonly bias: GPUBuffer | null;
    /** Applied to `x`, which then is f32. */
    readonly norm?: InputNorm | null;
    /** Default: SiLU. */
    readonly isGelu?: boolean;
    readonly out: GPUBuffer;
    readonly variant?: MatmulVariant;
  },
): Op {
  const { rows, x, w, out, variant } = args;
  const bias = biasOperand(args.bias, w.numRows, rows);
  const norm = normOperand(gpu, args.norm ?? null, { w, absent: rows });
  const stride = padCols(w.numRows / 2);
  return bindMatrixKernel(gpu, "matmul_swiglu", {
    rows,
    x,
    w,
    rest: [
      bias.operand,
      norm.operand,
      {
        name: "out",
        kind: "write",
        buffer: out,
        minBytes: stride * elemBytes(w.elem),
      },
    ],
    constants: {
      STRIDE: stride,
      HAS_BIAS: bias.HAS_BIAS,
      IS_GELU: args.isGelu ? 1 : 0,
      ...norm.constants,
    },
    variant,
  });
}

/**
 * Says where a gate or up row goes: in fours of gate f, gate f+1, up f, up f+1.
 *
 * @param numRows Rows of each matrix, `F`.
 * @param part Which of the two.
 * @param firstRow Packed row of the first four. Default: 0.
 * @returns Packed row for each row.
 */
export function swigluRowMap(
  numRows: number,
  part: "gate" | "up",
  firstRow = 0,
): Uint32Array<ArrayBuffer> {
  const offset = part === "gate" ? 0 : 2;
  return Uint32Array.from(
    { length: numRows },
    (_, row) => firstRow + 4 * Math.floor(row / 2) + (row % 2) + offset,
  );
}
