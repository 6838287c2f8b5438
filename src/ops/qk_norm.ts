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
 * Shapes: q `[T, H, E]`, k `[S, G, E]` or `[T, G, E]`, both and the weights `[E]` f32 with pairs (e, e + E/2) side by side, rope
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
    /** Number type of keys. Default: that of queries. */
    readonly kvElem?: Elem | undefined;
    /** Whether keys are at the row's place in the pass. Default: at its slot. */
    readonly isByRow?: boolean;
    readonly shape: AttentionShape;
    readonly eps: number;
  },
): Op {
  const { elem, kvElem = elem, q, k, qWeight, kWeight } = args;
  const { numHeads, numKvHeads, headDim } = args.shape;
  checkFours("a head", headDim);
  const qBytes = numHeads * headDim * elemBytes(elem);
  const kBytes = numKvHeads * headDim * elemBytes(kvElem);
  const minBytes = headDim * 4;
  const launch = bindKernel(gpu, "qk_norm", {
    elem,
    constants: {
      WG: workgroupSize(gpu, 32),
      EPS: floatConstant(args.eps),
      NUM_HEADS: numHeads,
      NUM_KV_HEADS: numKvHeads,
      HEAD_DIM: headDim,
      BY_ROW: args.isByRow ? 1 : 0,
      Cache: kvElem,
    },
    operands: [
      rowsOperand(args.rows),
      { name: "rope", kind: "read", buffer: args.rope, minBytes },
      { name: "q_weight", kind: "read", buffer: qWeight, minBytes },
      { name: "k_weight", kind: "read", buffer: kWeight, minBytes },
      { name: "q", kind: "write", buffer: q, minBytes: qBytes },
      { name: "k", kind: "write", buffer: k, minBytes: kBytes },
    ],
  });
  return (numRows) => [launch([numHeads + numKvHeads, numRows, 1])];
}
