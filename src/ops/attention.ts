import { bindKernel, type BufferSlice, elemBytes, type Op } from "./op.ts";
import { rowsOperand } from "./matrix_kernel.ts";
import type { AttentionShape } from "./matmul_qkv.ts";
import type { Elem } from "../gpu/shader.ts";
import type { Gpu } from "../gpu/gpu.ts";

/** Largest head that the kernel can hold, `E`. */
export const MAX_HEAD_DIM = 256;

/**
 * Attends from each row to the positions up to its own.
 *
 * Shapes: q `[T, H, E]`, k and v `[S, G, E]`, out `[T, H, E]`.
 *
 * @param gpu Device.
 * @param args Row table, operands, number type, sizes, and whether one thread walks all keys of a row and
 *   head (default: on a software adapter).
 * @returns The op, taking `T`.
 * @throws {RangeError} If a buffer is too small, or a head cannot be handled.
 */
export function attention(
  gpu: Gpu,
  args: {
    readonly rows: GPUBuffer;
    readonly q: GPUBuffer;
    readonly k: GPUBuffer | BufferSlice;
    readonly v: GPUBuffer | BufferSlice;
    readonly out: GPUBuffer;
    readonly elem: Elem;
    readonly shape: AttentionShape;
    readonly isSerial?: boolean;
  },
): Op {
  const { elem } = args;
  const { numHeads, numKvHeads, headDim } = args.shape;
  if (headDim % 4 !== 0 || headDim > MAX_HEAD_DIM) {
    throw new RangeError(
      `Cannot attend as the head size E must be a multiple of 4 of at most ${MAX_HEAD_DIM}: ${headDim}`,
    );
  }
  const qBytes = numHeads * headDim * elemBytes(elem);
  const kvBytes = numKvHeads * headDim * elemBytes(elem);
  const { isSoftware } = gpu.adapter;
  const name = args.isSerial ?? isSoftware ? "attention_serial" : "attention";
  const launch = bindKernel(gpu, name, {
    elem,
    constants: {
      NUM_HEADS: numHeads,
      NUM_KV_HEADS: numKvHeads,
      HEAD_DIM: headDim,
    },
    operands: [
      rowsOperand(args.rows),
      { name: "q", kind: "read", buffer: args.q, minBytes: qBytes },
      { name: "k", kind: "read", buffer: args.k, minBytes: kvBytes },
      { name: "v", kind: "read", buffer: args.v, minBytes: kvBytes },
      { name: "out", kind: "write", buffer: args.out, minBytes: qBytes },
    ],
  });
  return (numRows) => [
    launch(
      name === "attention"
        ? [numHeads, numRows, 1]
        : [Math.ceil(numRows * numHeads / 8), 1, 1],
    ),
  ];
}
