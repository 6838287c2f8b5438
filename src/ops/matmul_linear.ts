import { biasOperand, bindMatrixKernel, checkFours } from "./matrix_kernel.ts";
import type { MatmulVariant } from "./matmul_variant.ts";
import { elemBytes, type Op } from "./op.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { type PackedMatrix, sliceBytes } from "./packed_matrix.ts";
import { isBlocks } from "./weight_format.ts";

/** Widest input, `K`, that a product puts together itself. */
export const MAX_JOINED_COLS = 256;

/**
 * Multiplies and keeps the result twice: `out[t] = outElem[t] = x[t] · wᵀ + bias`. With embeddings, the product
 * puts its input together as {@linkcode draftInput} does, of hidden states `x`: a launch less.
 *
 * Shapes: x `[T, K]`, or `[*, K/2]` with an embedding `[V, K/2]`, w `[M, K]` with M a multiple of 4, bias `[M]` f32
 * or null, out `[T, M]` f32, outElem `[T, M]`.
 *
 * @param gpu Device.
 * @param args Row table, operands, and the variant where it shall not be chosen by the number of rows.
 * @returns The op, taking `T`.
 * @throws {RangeError} If a buffer is too small, or {@linkcode canJoin} says no.
 */
export function matmulLinear(
  gpu: Gpu,
  args: {
    readonly rows: GPUBuffer;
    readonly x: GPUBuffer;
    readonly w: PackedMatrix;
    readonly embedding?: PackedMatrix | null;
    readonly bias: GPUBuffer | null;
    readonly out: GPUBuffer;
    readonly outElem: GPUBuffer;
    readonly variant?: MatmulVariant;
  },
): Op {
  const { rows, x, w, out, outElem, variant } = args;
  checkFours(w.label, w.numRows);
  const bias = biasOperand(args.bias, w.numRows, rows);
  const embedding = args.embedding ?? null;
  if (embedding !== null && !canJoin(w, embedding)) {
    throw new RangeError(
      `Cannot bind "${w.label}" as the input that it puts together must have 2*D columns, at most ${MAX_JOINED_COLS}, for embeddings [V, D] in one slice: found ${w.numCols}, ${embedding.numCols} in ${embedding.slices.length}`,
    );
  }
  const table = embedding?.slices[0];
  return bindMatrixKernel(gpu, "matmul_linear", {
    rows,
    x,
    w,
    xCols: embedding?.numCols ?? w.numCols,
    rest: [
      {
        name: "embed",
        kind: "read",
        buffer: table?.buffer ?? rows,
        minBytes: embedding && table ? sliceBytes(embedding, table) : 0,
      },
      bias.operand,
      { name: "out", kind: "write", buffer: out, minBytes: w.numRows * 4 },
      {
        name: "out_elem",
        kind: "write",
        buffer: outElem,
        minBytes: w.numRows * elemBytes(w.elem),
      },
    ],
    constants: {
      STRIDE: w.numRows,
      HAS_BIAS: bias.HAS_BIAS,
      JOINED: embedding === null ? 0 : 1,
    },
    variant,
  });
}

/**
 * Says whether a product can put its input together of embeddings and hidden states.
 *
 * @param w The matrix, `[M, K]`.
 * @param embedding The embeddings, `[V, D]`.
 * @returns Whether `K` is `2*D`, few enough for a workgroup's memory, and one binding shows all embeddings.
 */
export function canJoin(w: PackedMatrix, embedding: PackedMatrix): boolean {
  return w.numCols === 2 * embedding.numCols &&
    w.numCols <= MAX_JOINED_COLS &&
    w.elem === embedding.elem &&
    embedding.slices.length === 1 &&
    embedding.slices.every(({ format }) => !isBlocks(format));
}
