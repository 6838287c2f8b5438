import { bindKernel, elemBytes, type Op } from "./op.ts";
import { type PackedMatrix, sliceBytes } from "./packed_matrix.ts";
import { rowsOperand } from "./matrix_kernel.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { weightConstants } from "./weight_format.ts";

/**
 * Puts each row's token embedding beside the hidden state that it continues.
 *
 * Shapes: w `[V, D]`, hidden `[*, D]`, out `[T, 2D]`.
 *
 * @param gpu Device.
 * @param args Row table, embeddings, hidden states, output.
 * @returns The op, taking `T`.
 * @throws {RangeError} If a buffer is too small.
 */
export function draftInput(
  gpu: Gpu,
  args: {
    readonly rows: GPUBuffer;
    readonly w: PackedMatrix;
    readonly hidden: GPUBuffer;
    readonly out: GPUBuffer;
  },
): Op {
  const { w } = args;
  const rowBytes = w.numCols * elemBytes(w.elem);
  const launches = w.slices.map((slice) =>
    bindKernel(gpu, "draft_input", {
      elem: w.elem,
      constants: {
        D: w.numCols,
        M: slice.numRows,
        M0: slice.firstRow,
        ...weightConstants(slice.format),
      },
      operands: [
        rowsOperand(args.rows),
        {
          name: "w",
          kind: "read",
          buffer: slice.buffer,
          minBytes: sliceBytes(w, slice),
        },
        {
          name: "hidden",
          kind: "read",
          buffer: args.hidden,
          minBytes: rowBytes,
        },
        {
          name: "out",
          kind: "write",
          buffer: args.out,
          minBytes: 2 * rowBytes,
        },
      ],
    })
  );
  const numGroups = Math.ceil(2 * w.numCols / 64);
  return (numRows) => launches.map((launch) => launch([numGroups, numRows, 1]));
}
