import {
  biasOperand,
  bindMatrixKernel,
  checkFours,
  type InputNorm,
  normOperand,
} from "./matrix_kernel.ts";
import type { MatmulVariant } from "./matmul_variant.ts";
import { type BufferSlice, elemBytes, type Op } from "./op.ts";
import type { Elem } from "../gpu/shader.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { PackedMatrix } from "./packed_matrix.ts";

/** Sizes of attention. */
export interface AttentionShape {
  /** Query heads, `H`. */
  readonly numHeads: number;
  /** Key/value heads, `G`. */
  readonly numKvHeads: number;
  /** Size of a head, `E`: a multiple of 4. */
  readonly headDim: number;
}

/**
 * Projects to queries, keys and values, rotates queries and keys by position unless they are left as they are, and
 * writes keys and values into the cache at the row's slot, or to a buffer of the pass.
 *
 * Shapes: x `[T, K]`, w `[(H+2G)*E, K]` with the rows of q and k in {@linkcode ropeRowMap}'s order, bias
 * `[(H+2G)*E]` f32 in the same order or null, rope `[S, E/2]` pairs (cos, sin) f32, q `[T, H, E]`,
 * k and v `[S, G, E]`, or `[T, G, E]`.
 *
 * @param gpu Device.
 * @param args Row table, operands, sizes, and the variant where it shall not be chosen by the number of rows.
 * @returns The op, taking `T`.
 * @throws {RangeError} If a buffer is too small, or the matrix has other rows than the sizes say.
 */
export function matmulQkv(
  gpu: Gpu,
  args: {
    readonly rows: GPUBuffer;
    readonly x: GPUBuffer;
    readonly w: PackedMatrix;
    readonly bias: GPUBuffer | null;
    /** Applied to `x`, which then is f32. */
    readonly norm?: InputNorm | null;
    readonly rope: GPUBuffer;
    readonly q: GPUBuffer;
    readonly k: GPUBuffer | BufferSlice;
    readonly v: GPUBuffer | BufferSlice;
    /** Number type of keys and values. Default: that of queries. */
    readonly kvElem?: Elem | undefined;
    /** Whether keys and values go to the row's place in the pass. Default: to its slot. */
    readonly isByRow?: boolean;
    readonly shape: AttentionShape;
    /** Default: true. */
    readonly isRotated?: boolean;
    readonly variant?: MatmulVariant;
  },
): Op {
  const { rows, x, w, q, k, v, variant } = args;
  const { numHeads, numKvHeads, headDim } = args.shape;
  checkFours("a head", headDim);
  const qSize = numHeads * headDim;
  const kvSize = numKvHeads * headDim;
  if (w.numRows !== qSize + 2 * kvSize) {
    throw new RangeError(
      `Cannot bind "${w.label}" as its rows must be (H+2G)*E = ${
        qSize + 2 * kvSize
      }: found ${w.numRows}`,
    );
  }
  const bias = biasOperand(args.bias, w.numRows, rows);
  const norm = normOperand(gpu, args.norm ?? null, { w, absent: rows });
  const { kvElem = w.elem } = args;
  const qBytes = qSize * elemBytes(w.elem);
  const kvBytes = kvSize * elemBytes(kvElem);
  return bindMatrixKernel(gpu, "matmul_qkv", {
    rows,
    x,
    w,
    rest: [
      bias.operand,
      norm.operand,
      { name: "rope", kind: "read", buffer: args.rope, minBytes: headDim * 4 },
      { name: "q", kind: "write", buffer: q, minBytes: qBytes },
      { name: "k", kind: "write", buffer: k, minBytes: kvBytes },
      { name: "v", kind: "write", buffer: v, minBytes: kvBytes },
    ],
    constants: {
      Q_SIZE: qSize,
      KV_SIZE: kvSize,
      HEAD_DIM: headDim,
      HAS_BIAS: bias.HAS_BIAS,
      IS_ROTATED: args.isRotated ?? true ? 1 : 0,
      BY_ROW: args.isByRow ? 1 : 0,
      Cache: kvElem,
      ...norm.constants,
    },
    variant,
  });
}

/**
 * Says where a row of q or k goes: within each head, in pairs (e, e + E/2).
 *
 * @param numRows Rows, a multiple of `E`.
 * @param headDim Size of a head, `E`.
 * @param firstRow Packed row of the first head.
 * @returns Packed row for each row.
 */
export function ropeRowMap(
  numRows: number,
  headDim: number,
  firstRow: number,
): Uint32Array<ArrayBuffer> {
  const half = headDim / 2;
  return Uint32Array.from({ length: numRows }, (_, row) => {
    const element = row % headDim;
    const inHead = 2 * (element % half) + Math.floor(element / half);
    return firstRow + row - element + inHead;
  });
}
