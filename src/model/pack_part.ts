import { type BlockFormat, isBlockFormat } from "../checkpoint/mod.ts";
import type { Dispatch } from "../gpu/dispatch.ts";
import type { Gpu } from "../gpu/gpu.ts";
import {
  pack,
  packBlocks,
  type PackedMatrix,
  quantize,
  ROUNDED_FORMATS,
  type RoundedFormat,
  type SourceFormat,
  type WeightFormat,
} from "../ops/mod.ts";

/** How rows of a tensor become rows of a packed matrix. */
export interface PartPacker {
  /** How they must lie in the source buffer. */
  readonly source: SourceFormat | BlockFormat;
  /** Lists the launches for the rows in the source buffer. */
  readonly launches: (numRows: number) => readonly Dispatch[];
}

/**
 * Prepares the packing of a tensor into a matrix: blocks as they are, where the matrix keeps them, and numbers as numbers or
 * rounded, as the matrix wants them.
 *
 * @param gpu Device.
 * @param args How the tensor is stored, its columns and the first that they fill, the matrix, and buffers as `pack` takes them.
 * @returns How its rows are packed.
 */
export function packPart(
  gpu: Gpu,
  args: {
    readonly stored: SourceFormat | BlockFormat;
    readonly numCols: number;
    readonly firstCol: number;
    readonly out: PackedMatrix;
    readonly params: GPUBuffer;
    readonly source: GPUBuffer;
    readonly rowMap: GPUBuffer;
    readonly overflow: GPUBuffer;
  },
): PartPacker {
  const { stored, out } = args;
  const formats = out.slices.map(({ format }) => format);
  if (isBlockFormat(stored) && formats.includes(stored)) {
    return {
      source: stored,
      launches: packBlocks(gpu, { ...args, format: stored }),
    };
  }
  const source = isBlockFormat(stored) ? "F32" : stored;
  const rounded = formats.find(isRounded);
  const plain = pack(gpu, { ...args, format: source });
  const rounding = rounded === undefined
    ? () => []
    : quantize(gpu, { ...args, format: source, rounded });
  return {
    source,
    launches: (numRows) => [...plain(numRows), ...rounding(numRows)],
  };
}

function isRounded(format: WeightFormat): format is RoundedFormat {
  return ROUNDED_FORMATS.some((one) => one === format);
}
