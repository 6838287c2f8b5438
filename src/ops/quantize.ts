import { bindKernel } from "./op.ts";
import { type PackedMatrix, sliceBytes } from "./packed_matrix.ts";
import type { Dispatch } from "../gpu/dispatch.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { SOURCE_FORMATS, type SourceFormat } from "./pack.ts";
import { blockConstants } from "./weight_format.ts";

/** Formats that weights can be rounded to on the device. */
export const ROUNDED_FORMATS = ["Q4_0", "Q4_1", "Q8_0"] as const;

/** One of them. */
export type RoundedFormat = typeof ROUNDED_FORMATS[number];

const WG = 32;
const RUN = 32;

/**
 * Rounds uploaded rows of a checkpoint's matrix to blocks of 32 numbers, for those rows of a packed matrix that are stored so.
 *
 * Shapes: source `[numRows, K]` as stored, rowMap `[all rows]` u32, overflow `[1]` u32.
 *
 * @param gpu Device.
 * @param args Rows as stored, in which format they are and shall be, where each goes, the matrix, all zeros there, a uniform
 *   buffer of first row and number of rows, and the counter of values that no block can hold.
 * @returns A function from the number of rows in `source` to the launches.
 * @throws {RangeError} If a buffer is too small.
 */
export function quantize(
  gpu: Gpu,
  args: {
    readonly params: GPUBuffer;
    readonly source: GPUBuffer;
    readonly format: SourceFormat;
    readonly rounded: RoundedFormat;
    readonly rowMap: GPUBuffer;
    readonly out: PackedMatrix;
    readonly overflow: GPUBuffer;
  },
): (numRows: number) => readonly Dispatch[] {
  const { out, rounded } = args;
  const own = out.slices.filter(({ format }) => format === rounded);
  const launches = own.map((slice) =>
    bindKernel(gpu, "quantize", {
      elem: "f32",
      constants: {
        K: out.numCols,
        M: slice.numRows,
        M0: slice.firstRow,
        SOURCE: SOURCE_FORMATS[args.format],
        ...blockConstants(rounded),
      },
      operands: [
        { name: "params", kind: "uniform", buffer: args.params, minBytes: 8 },
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
  return (numRows) =>
    launches.map((launch) =>
      launch([Math.ceil(numRows / WG), out.numCols / RUN, 1])
    );
}
