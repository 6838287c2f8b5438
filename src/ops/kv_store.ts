import { bindKernel, type BufferSlice, type Op, workgroupSize } from "./op.ts";
import { cacheSlotBytes } from "./cache_format.ts";
import { checkFours, rowsOperand } from "./matrix_kernel.ts";
import type { AttentionShape } from "./matmul_qkv.ts";
import type { Gpu } from "../gpu/gpu.ts";

/** Elements of a head that share a scale. */
const RUN = 32;

/**
 * Stores the keys and values of a pass in a cache of 8 bits, at the rows' slots.
 *
 * Shapes: keys and values `[T, G, E]` f32, k and v `[S, G, E]` as `kernels/lib/cache_q8.wgsl` lays them out.
 *
 * @param gpu Device.
 * @param args Row table, operands, sizes.
 * @returns The op, taking `T`.
 * @throws {RangeError} If a buffer is too small.
 */
export function kvStore(
  gpu: Gpu,
  args: {
    readonly rows: GPUBuffer;
    readonly keys: GPUBuffer;
    readonly values: GPUBuffer;
    readonly k: GPUBuffer | BufferSlice;
    readonly v: GPUBuffer | BufferSlice;
    readonly shape: AttentionShape;
  },
): Op {
  const { keys, values, k, v, shape } = args;
  const { numKvHeads, headDim } = shape;
  checkFours("a head", headDim);
  const WG = workgroupSize(gpu, 64);
  const freshBytes = numKvHeads * headDim * 4;
  const slotBytes = cacheSlotBytes("q8", shape);
  const launch = bindKernel(gpu, "kv_store", {
    elem: "f32",
    constants: { WG, NUM_KV_HEADS: numKvHeads, HEAD_DIM: headDim },
    operands: [
      rowsOperand(args.rows),
      { name: "keys", kind: "read", buffer: keys, minBytes: freshBytes },
      { name: "values", kind: "read", buffer: values, minBytes: freshBytes },
      { name: "k", kind: "write", buffer: k, minBytes: slotBytes },
      { name: "v", kind: "write", buffer: v, minBytes: slotBytes },
    ],
  });
  const numRuns = numKvHeads * Math.ceil(headDim / RUN);
  return (numRows) => [launch([Math.ceil(numRuns / WG), numRows, 2])];
}
