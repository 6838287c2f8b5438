import { bindKernel, elemBytes, type Op } from "./op.ts";
import type { Elem } from "../gpu/shader.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { rowsOperand } from "./matrix_kernel.ts";

/**
 * Copies rows into some columns of wider ones: `out[t, firstCol + d] = x[t, d]`.
 *
 * Shapes: x `[T, D]` f32, out `[T, C]`.
 *
 * @param gpu Device.
 * @param args Row table, input, output, its number type, sizes `D` and `C`, and the first column.
 * @returns The op, taking `T`.
 * @throws {RangeError} If a buffer is too small, or the columns do not fit.
 */
export function tap(
  gpu: Gpu,
  args: {
    readonly rows: GPUBuffer;
    readonly x: GPUBuffer;
    readonly out: GPUBuffer;
    readonly elem: Elem;
    readonly hiddenSize: number;
    readonly numCols: number;
    readonly firstCol: number;
  },
): Op {
  const { elem, hiddenSize, numCols, firstCol } = args;
  if (firstCol + hiddenSize > numCols) {
    throw new RangeError(
      `Cannot tap ${hiddenSize} columns from ${firstCol} on as there must be that many: ${numCols}`,
    );
  }
  const launch = bindKernel(gpu, "tap", {
    elem,
    constants: { D: hiddenSize, FIRST: firstCol, STRIDE: numCols },
    operands: [
      rowsOperand(args.rows),
      { name: "x", kind: "read", buffer: args.x, minBytes: hiddenSize * 4 },
      {
        name: "out",
        kind: "write",
        buffer: args.out,
        minBytes: numCols * elemBytes(elem),
      },
    ],
  });
  const numGroups = Math.ceil(hiddenSize / 64);
  return (numRows) => [launch([numGroups, numRows, 1])];
}
