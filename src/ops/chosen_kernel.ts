import { bindKernel, elemBytes, type Op, type Operand } from "./op.ts";
import { choiceBytes, type ChosenExperts } from "./choose_experts.ts";
import { matmulVariant } from "./matmul_variant.ts";
import { PACK_ROWS, type PackedMatrix, sliceBytes } from "./packed_matrix.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { rowsOperand } from "./matrix_kernel.ts";
import { weightConstants } from "./weight_format.ts";

/** What a product with the matrices of chosen experts works on. */
export interface ChosenProduct extends ChosenExperts {
  /** Row table. */
  readonly rows: GPUBuffer;
  readonly x: GPUBuffer;
  /** The experts' matrices, each with {@linkcode expertRows} rows. */
  readonly w: PackedMatrix;
  /** Chunks side by side, where they shall not be chosen. */
  readonly groups?: number;
}

/**
 * Binds a kernel that takes, for each row and choice, the matrix of an expert, to each slice of the experts' matrix.
 *
 * Its bindings are rows, x, w, choice, and `out`.
 *
 * @param gpu Device.
 * @param name File name of the kernel.
 * @param args Operands; `out`; its columns; products that follow each other in a workgroup, of how many there are for each row.
 * @returns The op, taking `T`.
 * @throws {RangeError} If a buffer is too small, or the experts' rows are no whole blocks.
 */
export function bindChosenKernel(
  gpu: Gpu,
  name: string,
  args: ChosenProduct & {
    readonly out: Operand;
    readonly stride: number;
    readonly numSerial: number;
  },
): Op {
  const { rows, x, w, numExperts, numChosen, numSerial } = args;
  const numBlocks = w.numRows / numExperts / PACK_ROWS;
  if (!Number.isInteger(numBlocks)) {
    throw new RangeError(
      `Cannot bind "${w.label}" as each of ${numExperts} experts must have a multiple of ${PACK_ROWS} rows: found ${w.numRows} in all`,
    );
  }
  const { GROUPS } = matmulVariant(gpu, {
    numRows: 1,
    numCols: w.numCols * numSerial,
    numBlocks,
    isNormed: false,
  });
  const launches = w.slices.map((slice) =>
    bindKernel(gpu, name, {
      elem: w.elem,
      constants: {
        K: w.numCols,
        M: slice.numRows,
        M0: slice.firstRow,
        ...weightConstants(slice.format),
        STRIDE: args.stride,
        TILE: 1,
        SPAN: 1,
        GROUPS: args.groups ?? GROUPS,
        CHOSEN: numChosen,
        EXPERT_BLOCKS: numBlocks,
      },
      operands: [
        rowsOperand(rows),
        {
          name: "x",
          kind: "read",
          buffer: x,
          minBytes: w.numCols * numSerial * elemBytes(w.elem),
        },
        {
          name: "w",
          kind: "read",
          buffer: slice.buffer,
          minBytes: sliceBytes(w, slice),
        },
        {
          name: "choice",
          kind: "read",
          buffer: args.choice,
          minBytes: choiceBytes(1, numChosen),
        },
        args.out,
      ],
    })
  );
  const perRow = numChosen / numSerial;
  return (numRows) =>
    launches.map((launch) => launch([numBlocks, numRows * perRow, 1]));
}

/**
 * Counts the rows that an expert's matrix takes among the others'.
 *
 * @param numRows Its own.
 * @returns Whole blocks of them.
 */
export function expertRows(numRows: number): number {
  return Math.ceil(numRows / PACK_ROWS) * PACK_ROWS;
}
