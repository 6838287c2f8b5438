import { bindKernel, elemBytes, type Op } from "./op.ts";
import type { Elem } from "../gpu/shader.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { MAX_PATH } from "./row_table.ts";

/** Bytes of the way that a round's walk took, as in `kernels/lib/committed.wgsl`. */
export const COMMITTED_BYTES = (2 + MAX_PATH) * 4;

/**
 * Moves the keys and values of committed nodes to where their positions lie.
 *
 * Shapes: cache `[L, S, G*E]`, L parts at a stride.
 *
 * @param gpu Device.
 * @param args Way of the walk, cache, number type, parts `L`, elements of a slot `G*E` and of a part.
 * @returns The op; its argument plays no part.
 * @throws {RangeError} If a buffer is too small.
 */
export function kvCommit(
  gpu: Gpu,
  args: {
    readonly committed: GPUBuffer;
    readonly cache: GPUBuffer;
    readonly elem: Elem;
    readonly numParts: number;
    readonly slotSize: number;
    readonly partStride: number;
  },
): Op {
  const { elem, numParts, slotSize, partStride } = args;
  const launch = bindKernel(gpu, "kv_commit", {
    elem,
    constants: { SIZE: slotSize, STRIDE: partStride },
    operands: [
      {
        name: "committed",
        kind: "read",
        buffer: args.committed,
        minBytes: COMMITTED_BYTES,
      },
      {
        name: "cache",
        kind: "write",
        buffer: args.cache,
        minBytes: numParts * partStride * elemBytes(elem),
      },
    ],
  });
  return () => [launch([Math.ceil(slotSize / 4 / 64), numParts, 1])];
}
