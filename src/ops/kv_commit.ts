import { bindKernel, type Op } from "./op.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { MAX_PATH } from "./row_table.ts";

/** Bytes of the way that a round's walk took, as in `kernels/lib/committed.wgsl`. */
export const COMMITTED_BYTES = (2 + MAX_PATH) * 4;

const WORD_BYTES = 8;

/**
 * Moves the keys and values of committed nodes to where their positions lie.
 *
 * Shapes: cache `[L, S]` slots, L parts at a stride.
 *
 * @param gpu Device.
 * @param args Way of the walk, cache, parts `L`, bytes of a slot and of a part, multiples of 8.
 * @returns The op; its argument plays no part.
 * @throws {RangeError} If a buffer is too small.
 */
export function kvCommit(
  gpu: Gpu,
  args: {
    readonly committed: GPUBuffer;
    readonly cache: GPUBuffer;
    readonly numParts: number;
    readonly slotBytes: number;
    readonly partBytes: number;
  },
): Op {
  const { numParts, slotBytes, partBytes } = args;
  const slotWords = slotBytes / WORD_BYTES;
  const launch = bindKernel(gpu, "kv_commit", {
    elem: "f32",
    constants: { SIZE: slotWords, STRIDE: partBytes / WORD_BYTES },
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
        minBytes: numParts * partBytes,
      },
    ],
  });
  return () => [launch([Math.ceil(slotWords / 64), numParts, 1])];
}
