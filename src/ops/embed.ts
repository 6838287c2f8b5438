import { bindKernel, floatConstant, type Op } from "./op.ts";
import { type PackedMatrix, sliceBytes } from "./packed_matrix.ts";
import { rowsOperand } from "./matrix_kernel.ts";
import type { Gpu } from "../gpu/gpu.ts";

/**
 * Looks up the rows' tokens: `out[t] = scale * w[token of row t]`.
 *
 * Shapes: w `[V, D]`, out `[T, D]` f32.
 *
 * @param gpu Device.
 * @param args Row table, table of embeddings, output, and scale (default: 1).
 * @returns The op, taking `T`.
 * @throws {RangeError} If a buffer is too small.
 */
export function embed(
  gpu: Gpu,
  args: {
    readonly rows: GPUBuffer;
    readonly w: PackedMatrix;
    readonly out: GPUBuffer;
    readonly scale?: number;
  },
): Op {
  const { w, out } = args;
  const launches = w.slices.map((slice) =>
    bindKernel(gpu, "embed", {
      elem: w.elem,
      constants: {
        D: w.numCols,
        M: slice.numRows,
        M0: slice.firstRow,
        SCALE: floatConstant(args.scale ?? 1),
      },
      operands: [
        rowsOperand(args.rows),
        {
          name: "w",
          kind: "read",
          buffer: slice.buffer,
          minBytes: sliceBytes(w, slice),
        },
        { name: "out", kind: "write", buffer: out, minBytes: w.numCols * 4 },
      ],
    })
  );
  const numGroups = Math.ceil(w.numCols / 64);
  return (numRows) => launches.map((launch) => launch([numGroups, numRows, 1]));
}
