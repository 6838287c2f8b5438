import { bindKernel, elemBytes, type Op } from "./op.ts";
import type { Elem } from "../gpu/shader.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { rowsOperand } from "./matrix_kernel.ts";

/**
 * Collects the rows of the pass before that a pass continues: `out[t] = x[hidden_row of row t]`.
 *
 * Shapes: x `[*, C]`, out `[T, C]`.
 *
 * @param gpu Device.
 * @param args Row table, input, output, number type, columns `C`.
 * @returns The op, taking `T`.
 * @throws {RangeError} If a buffer is too small.
 */
export function gather(
  gpu: Gpu,
  args: {
    readonly rows: GPUBuffer;
    readonly x: GPUBuffer;
    readonly out: GPUBuffer;
    readonly elem: Elem;
    readonly numCols: number;
  },
): Op {
  const { elem, numCols } = args;
  const minBytes = numCols * elemBytes(elem);
  const launch = bindKernel(gpu, "gather", {
    elem,
    constants: { D: numCols },
    operands: [
      rowsOperand(args.rows),
      { name: "x", kind: "read", buffer: args.x, minBytes },
      { name: "out", kind: "write", buffer: args.out, minBytes },
    ],
  });
  const numGroups = Math.ceil(numCols / 64);
  return (numRows) => [launch([numGroups, numRows, 1])];
}
