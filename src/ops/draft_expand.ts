import { bindKernel, type Op, workgroupSize } from "./op.ts";
import { CANDIDATE_BYTES } from "./draft_top.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { rowTableBytes } from "./row_table.ts";
import { STATE_BYTES } from "./accept.ts";

/** Most candidates per node. */
export const MAX_FANOUT = 16;

/** Buffers of a tree under construction. */
export interface TreeBuffers {
  /** `[R, K]` token and score. */
  readonly candidates: GPUBuffer;
  /** See `kernels/lib/state.wgsl`. */
  readonly state: GPUBuffer;
  /** See `kernels/lib/tree.wgsl`. */
  readonly pool: GPUBuffer;
}

/**
 * Counts the bytes of a pool.
 *
 * @param fanout Candidates per node, `K`.
 * @param depth Levels before the last.
 * @returns Bytes of the frontier and of all entries.
 */
export function poolBytes(fanout: number, depth: number): number {
  return (MAX_FANOUT + fanout + depth * fanout * fanout) * 12;
}

/**
 * Puts a level's candidates into the pool and makes the best of them the rows of the drafter's next pass.
 *
 * Shapes: candidates `[R, K]`, R = 1 at level 0, else K.
 *
 * @param gpu Device.
 * @param args Buffers, the drafter's row table, a uniform buffer that holds the level, K, and whether the
 *   tree is static (default: no).
 * @returns The op; its argument plays no part.
 * @throws {RangeError} If a buffer is too small, or K too large.
 */
export function draftExpand(
  gpu: Gpu,
  args: TreeBuffers & {
    readonly rows: GPUBuffer;
    readonly params: GPUBuffer;
    readonly fanout: number;
    readonly isStatic?: boolean;
  },
): Op {
  const { fanout } = args;
  if (fanout > MAX_FANOUT) {
    throw new RangeError(
      `Cannot expand a tree as its fanout must be at most ${MAX_FANOUT}: ${fanout}`,
    );
  }
  const launch = bindKernel(gpu, "draft_expand", {
    elem: "f32",
    constants: {
      WG: workgroupSize(gpu, 64),
      FANOUT: fanout,
      STATIC: args.isStatic ? 1 : 0,
    },
    operands: [
      { name: "params", kind: "uniform", buffer: args.params, minBytes: 4 },
      {
        name: "candidates",
        kind: "read",
        buffer: args.candidates,
        minBytes: fanout * fanout * CANDIDATE_BYTES,
      },
      {
        name: "state",
        kind: "read",
        buffer: args.state,
        minBytes: STATE_BYTES,
      },
      {
        name: "rows",
        kind: "write",
        buffer: args.rows,
        minBytes: rowTableBytes(fanout),
      },
      {
        name: "pool",
        kind: "write",
        buffer: args.pool,
        minBytes: poolBytes(fanout, 1),
      },
    ],
  });
  return () => [launch([1, 1, 1])];
}
