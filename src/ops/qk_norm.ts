import {
  bindKernel,
  type BufferSlice,
  elemBytes,
  floatConstant,
  type Op,
  workgroupSize,
} from "./op.ts";
import { checkFours, rowsOperand } from "./matrix_kernel.ts";
import type { AttentionShape } from "./matmul_qkv.ts";
import type { Elem } from "../gpu/shader.ts";
import type { Gpu } from "../gpu/gpu.ts";

/**
 * Normalises each head of the rows' queries and keys by its root mean square, times a weight, and rotates it by the
 * row's position, in place.
 *
 * Shapes: q `[T, H, E]`, k `[S, G, E]`, both and the weights `[E]` f32 with pairs (e, e + E/2) side by side, rope
 * `[S, E/2]` pairs (cos, sin) f32.
 *
 * @param gpu Device.
 * @param args Row table, operands, number type of q and k, sizes and epsilon.
 * @returns The op, taking `T`.
 * @throws {RangeError} If a buffer is too small.
 */
export function qkNorm(
  gpu: Gpu,
  args: {
    readonly rows: GPUBuffer;
    readonly rope: GPUBuffer;
    readonly qWeight: GPUBuffer;
    readonly kWeight: GPUBuffer;
    readonly q: GPUBuffer;
    readonly k: GPUBuffer | BufferSlice;
    readonly elem: Elem;
    readonly shape: AttentionShape;
    readonly eps: number;
  },
): Op {
  const { elem, q, k, qWeight, kWeight } = args;
  const { numHeads, numKvHeads, headDim } = args.shape;
  checkFours("a head", headDim);
  const bytes = headDim * elemBytes(elem);
  const minBytes = headDim * 4;
  const launch = bindKernel(gpu, "qk_norm", {
    elem,
    constants: {
      WG: workgroupSize(gpu, 32),
      EPS: floatConstant(args.eps),
      NUM_HEADS: numHeads,
      NUM_KV_HEADS: numKvHeads,
      HEAD_DIM: headDim,
    },
    operands: [
      rowsOperand(args.rows),
      { name: "rope", kind: "read", buffer: args.rope, minBytes },
      { name: "q_weight", kind: "read", buffer: qWeight, minBytes },
      { name: "k_weight", kind: "read", buffer: kWeight, minBytes },
      { name: "q", kind: "write", buffer: q, minBytes: numHeads * bytes },
      { name: "k", kind: "write", buffer: k, minBytes: numKvHeads * bytes },
    ],
  });
  return (numRows) => [launch([numHeads + numKvHeads, numRows, 1])];
}
