import {
  bindKernel,
  elemBytes,
  floatConstant,
  type Op,
  type Operand,
  workgroupSize,
} from "./op.ts";
import { PACK_ROWS, type PackedMatrix, sliceBytes } from "./packed_matrix.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { matmulTuning } from "./matmul_tuning.ts";
import { type MatmulVariant, MAX_NORMED_COLS } from "./matmul_variant.ts";
import { rowTableBytes } from "./row_table.ts";
import type { KernelConstants } from "../gpu/shader.ts";
import { weightConstants } from "./weight_format.ts";

/**
 * Binds a kernel built on `kernels/lib/matmul.wgsl` to each slice of its matrix.
 *
 * Its bindings are rows, x, w and then `rest`.
 *
 * @param gpu Device.
 * @param name File name of the kernel.
 * @param args Row table, input `[T, K]`, matrix `[M, K]`, further operands and constants, rows of `x` for
 *   each row of the pass (default: 1), columns of `x` where they are fewer than `K`, and the variant (default: what {@linkcode matmulTuning} chooses).
 * @returns The op, taking the number of rows.
 * @throws {RangeError} If a buffer is too small.
 */
export function bindMatrixKernel(
  gpu: Gpu,
  name: string,
  args: {
    readonly rows: GPUBuffer;
    readonly x: GPUBuffer;
    readonly w: PackedMatrix;
    readonly rest: readonly Operand[];
    readonly constants: KernelConstants;
    readonly rowFactor?: number;
    readonly xCols?: number;
    readonly variant?: MatmulVariant | undefined;
  },
): Op {
  const { w } = args;
  const { numCols, elem } = w;
  const tuning = matmulTuning(gpu);
  const isNormed = args.constants["INPUT"] === "normed_input";
  const bound = w.slices.map((slice) => {
    const constants = {
      K: numCols,
      M: slice.numRows,
      ...weightConstants(slice.format),
      ...args.constants,
    };
    const weightBytes = sliceBytes(w, slice);
    const launch = bindKernel(gpu, name, {
      elem,
      constants: { ...constants, M0: slice.firstRow },
      operands: [
        rowsOperand(args.rows),
        {
          name: "x",
          kind: "read",
          buffer: args.x,
          minBytes: (args.xCols ?? numCols) * elemBytes(elem),
        },
        {
          name: "w",
          kind: "read",
          buffer: slice.buffer,
          minBytes: weightBytes,
        },
        ...args.rest,
      ],
    });
    return {
      kernel: name,
      identity: JSON.stringify([name, elem, constants]),
      numCols,
      numBlocks: Math.ceil(slice.numRows / PACK_ROWS),
      isNormed,
      format: slice.format,
      weights: slice.buffer,
      weightBytes,
      rows: args.rows,
      cut: (numRows: number, { TILE, SPAN, GROUPS }: MatmulVariant) =>
        launch(
          [
            Math.ceil(slice.numRows / (PACK_ROWS * SPAN)),
            Math.ceil(numRows / TILE),
            1,
          ],
          { TILE, SPAN, GROUPS },
        ),
    };
  });
  return (passRows) => {
    const numRows = passRows * (args.rowFactor ?? 1);
    return bound.map(({ cut, ...product }) => {
      const launch = (variant: MatmulVariant) => cut(numRows, variant);
      return launch(
        args.variant ??
          tuning.choose({ ...product, numRows, passRows, launch }),
      );
    });
  };
}

/**
 * Checks a size that a kernel handles in fours.
 *
 * @param name What has the size, for the message.
 * @param size The size.
 * @throws {RangeError} If it is not a multiple of 4.
 */
export function checkFours(name: string, size: number): void {
  if (size % 4 !== 0) {
    throw new RangeError(
      `Cannot bind "${name}" as its size must be a multiple of 4: ${size}`,
    );
  }
}

/** A norm that a product applies to its input. */
export interface InputNorm {
  /** `[K]` f32. */
  readonly weight: GPUBuffer;
  /** Added to the mean square. */
  readonly eps: number;
}

/**
 * Describes the norm of a product's input, or its absence, as an operand and constants.
 *
 * @param gpu Device.
 * @param norm The norm, or null where the input is normalised already.
 * @param args The matrix, and any buffer, bound in place of a weight that is not there.
 * @returns The operand and the constants.
 * @throws {RangeError} If the input is wider than a product normalises itself.
 */
export function normOperand(
  gpu: Gpu,
  norm: InputNorm | null,
  args: { readonly w: PackedMatrix; readonly absent: GPUBuffer },
): { readonly operand: Operand; readonly constants: KernelConstants } {
  const { numCols } = args.w;
  if (norm !== null && numCols > MAX_NORMED_COLS) {
    throw new RangeError(
      `Cannot bind "${args.w.label}" as the input that it normalises must have at most ${MAX_NORMED_COLS} columns: ${numCols}`,
    );
  }
  return {
    operand: {
      name: "norm_weight",
      kind: "read",
      buffer: norm?.weight ?? args.absent,
      minBytes: norm === null ? 0 : numCols * 4,
    },
    constants: {
      INPUT: norm === null ? "plain_input" : "normed_input",
      EPS: floatConstant(norm?.eps ?? 0),
      NORM_LANES: workgroupSize(gpu, 64),
    },
  };
}

/**
 * Describes the row table as an operand.
 *
 * @param buffer The row table.
 * @returns The operand.
 */
export function rowsOperand(buffer: GPUBuffer): Operand {
  return { name: "rows", kind: "read", buffer, minBytes: rowTableBytes(1) };
}

/**
 * Describes a bias, or its absence, as an operand and its constant.
 *
 * @param bias f32 values in the order of the matrix's rows, or null.
 * @param numRows Rows of the matrix, `M`.
 * @param absent Any buffer, bound in place of a bias that is not there.
 * @returns The operand and the constant `HAS_BIAS`.
 */
export function biasOperand(
  bias: GPUBuffer | null,
  numRows: number,
  absent: GPUBuffer,
): { readonly operand: Operand; readonly HAS_BIAS: number } {
  return {
    operand: {
      name: "bias",
      kind: "read",
      buffer: bias ?? absent,
      minBytes: bias === null ? 0 : numRows * 4,
    },
    HAS_BIAS: bias === null ? 0 : 1,
  };
}
