import { bindKernel } from "./op.ts";
import { type PackedMatrix, sliceBytes } from "./packed_matrix.ts";
import type { Dispatch } from "../gpu/dispatch.ts";
import type { Gpu } from "../gpu/gpu.ts";

/** Number type of a tensor in a checkpoint. */
export type SourceFormat = "F32" | "F16" | "BF16";

/** Their numbers, as kernels know them. */
export const SOURCE_FORMATS: Readonly<Record<SourceFormat, number>> = {
  F32: 0,
  F16: 1,
  BF16: 2,
};

const WG = 32;
const RUN = 64;

/**
 * Turns uploaded rows of a checkpoint's matrix into those rows of a packed matrix that are stored as numbers.
 *
 * Shapes: source `[numRows, K]` as stored, rowMap `[all rows]` u32, overflow `[1]` u32.
 *
 * @param gpu Device.
 * @param args Rows as stored, where each goes, the matrix, the columns `K` of the rows and the first that
 *   they fill (default: 0), a uniform buffer
 *   of first row and number of rows, and the counter of values that the matrix cannot hold.
 * @returns A function from the number of rows in `source` to the launches.
 * @throws {RangeError} If a buffer is too small.
 */
export function pack(
  gpu: Gpu,
  args: {
    readonly params: GPUBuffer;
    readonly source: GPUBuffer;
    readonly format: SourceFormat;
    readonly rowMap: GPUBuffer;
    readonly out: PackedMatrix;
    readonly numCols: number;
    readonly firstCol?: number;
    readonly overflow: GPUBuffer;
  },
): (numRows: number) => readonly Dispatch[] {
  const { out, numCols } = args;
  const own = out.slices.filter(({ format }) => format === out.elem);
  const launches = own.map((slice) =>
    bindKernel(gpu, "pack", {
      elem: out.elem,
      constants: {
        SOURCE_K: numCols,
        K: out.numCols,
        K0: args.firstCol ?? 0,
        M: slice.numRows,
        M0: slice.firstRow,
        FORMAT: SOURCE_FORMATS[args.format],
      },
      operands: [
        {
          name: "params",
          kind: "uniform",
          buffer: args.params,
          minBytes: 8,
        },
        { name: "source", kind: "read", buffer: args.source, minBytes: 4 },
        { name: "row_map", kind: "read", buffer: args.rowMap, minBytes: 4 },
        {
          name: "out",
          kind: "write",
          buffer: slice.buffer,
          minBytes: sliceBytes(out, slice),
        },
        { name: "overflow", kind: "write", buffer: args.overflow, minBytes: 4 },
      ],
    })
  );
  const numRuns = Math.ceil(numCols / RUN);
  return (numRows) =>
    launches.map((launch) => launch([Math.ceil(numRows / WG), numRuns, 1]));
}
