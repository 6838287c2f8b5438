import { bindKernel } from "./op.ts";
import { type PackedMatrix, sliceBytes } from "./packed_matrix.ts";
import {
  blockCols,
  blockConstants,
  type WeightBlocks,
} from "./weight_format.ts";
import type { Dispatch } from "../gpu/dispatch.ts";
import type { Gpu } from "../gpu/gpu.ts";

/** Bytes of a block as it is stored in files. */
export const BLOCK_BYTES: Readonly<Record<WeightBlocks, number>> = {
  Q4_0: 18,
  Q4_1: 20,
  Q5_0: 22,
  Q5_1: 24,
  Q8_0: 34,
  Q4_K: 144,
  Q5_K: 176,
  Q6_K: 210,
};

const WG = 32;
const RUN = 32;

/**
 * Rearranges uploaded rows that are stored in blocks, bit for bit, into those rows of a packed matrix that are, too.
 *
 * Shapes: source `[numRows, K]` in blocks as stored, rowMap `[all rows]` u32.
 *
 * @param gpu Device.
 * @param args Rows as stored, in which format, where each goes, the matrix, all zeros there, and a uniform buffer of first
 *   row and number of rows.
 * @returns A function from the number of rows in `source` to the launches.
 * @throws {RangeError} If a buffer is too small.
 */
export function packBlocks(
  gpu: Gpu,
  args: {
    readonly params: GPUBuffer;
    readonly source: GPUBuffer;
    readonly format: WeightBlocks;
    readonly rowMap: GPUBuffer;
    readonly out: PackedMatrix;
  },
): (numRows: number) => readonly Dispatch[] {
  const { out, format } = args;
  const own = out.slices.filter((slice) => slice.format === format);
  const launches = own.map((slice) =>
    bindKernel(gpu, "pack_blocks", {
      elem: "f32",
      constants: {
        K: out.numCols,
        M: slice.numRows,
        M0: slice.firstRow,
        BLOCK_BYTES: BLOCK_BYTES[format],
        ...blockConstants(format),
      },
      operands: [
        { name: "params", kind: "uniform", buffer: args.params, minBytes: 8 },
        {
          name: "source",
          kind: "read",
          buffer: args.source,
          minBytes: out.numCols / blockCols(format) * BLOCK_BYTES[format],
        },
        { name: "row_map", kind: "read", buffer: args.rowMap, minBytes: 4 },
        {
          name: "out",
          kind: "write",
          buffer: slice.buffer,
          minBytes: sliceBytes(out, slice),
        },
      ],
    })
  );
  return (numRows) =>
    launches.map((launch) =>
      launch([Math.ceil(numRows / WG), out.numCols / RUN, 1])
    );
}
