import {
  bindKernel,
  elemBytes,
  floatConstant,
  type Op,
  type Operand,
  workgroupSize,
} from "./op.ts";
import { checkFours, rowsOperand } from "./matrix_kernel.ts";
import { type PackedMatrix, sliceBytes } from "./packed_matrix.ts";
import type { Elem } from "../gpu/shader.ts";
import type { Gpu } from "../gpu/gpu.ts";

/**
 * Normalises and joins what an EAGLE-3 drafter's layer takes: `out[t] = [e'; h']` and `residual[t] = h` or `h'`,
 * with `e'` of the row's token and `h'` of the hidden state `h` that it continues.
 *
 * Shapes: w `[V, D]`, hidden `[*, D]`, inputNorm and hiddenNorm `[D]` f32, out `[T, 2D]`, residual `[T, D]`
 * f32; D a multiple of 4. `residual` and `hidden` are different buffers.
 *
 * @param gpu Device.
 * @param args Row table, operands, number type of `hidden`, whether a row continues its `hidden_row` instead of
 *   the row of its own number, whether `residual` is normalised, and epsilon.
 * @returns The op, taking `T`.
 * @throws {RangeError} If a buffer is too small.
 */
export function eagle3Input(
  gpu: Gpu,
  args: {
    readonly rows: GPUBuffer;
    readonly w: PackedMatrix;
    readonly hidden: GPUBuffer;
    readonly inputNorm: GPUBuffer;
    readonly hiddenNorm: GPUBuffer;
    readonly out: GPUBuffer;
    readonly residual: GPUBuffer;
    readonly hiddenElem: Elem;
    readonly isGathered: boolean;
    readonly isResidualNormed: boolean;
    readonly eps: number;
  },
): Op {
  const { w, hiddenElem } = args;
  const D = w.numCols;
  checkFours("out", D);
  const operand = (
    kind: "read" | "write",
    name: "hidden" | "inputNorm" | "hiddenNorm" | "out" | "residual",
    minBytes: number,
  ): Operand => ({ name, kind, buffer: args[name], minBytes });
  const launches = w.slices.map((slice) =>
    bindKernel(gpu, "eagle3_input", {
      elem: w.elem,
      constants: {
        WG: workgroupSize(gpu, 64),
        D,
        M: slice.numRows,
        M0: slice.firstRow,
        EPS: floatConstant(args.eps),
        Input: hiddenElem,
        GATHERED: args.isGathered ? 1 : 0,
        NORMED_RESIDUAL: args.isResidualNormed ? 1 : 0,
      },
      operands: [
        rowsOperand(args.rows),
        {
          name: "w",
          kind: "read",
          buffer: slice.buffer,
          minBytes: sliceBytes(w, slice),
        },
        operand("read", "hidden", D * elemBytes(hiddenElem)),
        operand("read", "inputNorm", D * 4),
        operand("read", "hiddenNorm", D * 4),
        operand("write", "out", 2 * D * elemBytes(w.elem)),
        operand("write", "residual", D * 4),
      ],
    })
  );
  return (numRows) => launches.map((launch) => launch([1, numRows, 1]));
}
