import { bindKernel, type Op, workgroupSize } from "./op.ts";
import { CANDIDATE_BYTES } from "./draft_top.ts";
import { poolBytes, type TreeBuffers } from "./draft_expand.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { rowTableBytes } from "./row_table.ts";
import { HISTORY_BYTES, STATE_BYTES } from "./accept.ts";

/** Bytes of a node: parent, score, pool entry, rank. */
export const NODE_BYTES = 16;

/** Most pool entries of a static tree. */
export const MAX_STATIC_ENTRIES = 96;

/** Most nodes in a tree, root included. */
export const MAX_NODES = 64;

/**
 * Adds the last level to the pool, keeps the best of it, and writes the tree as the target's rows.
 *
 * Shapes: candidates `[2K, K]` when the last level comes from the contrastive branch, else `[K, K]`;
 * nodes `[N]`.
 *
 * @param gpu Device.
 * @param args Buffers, the target's row table, a uniform buffer that holds N, K, levels before the last, and
 *   whether the last level comes from the contrastive branch.
 *   Of a static tree the uniform buffer also holds a bit for each pool entry that is kept.
 * @returns The op; its argument plays no part.
 * @throws {RangeError} If a buffer is too small.
 */
export function draftTree(
  gpu: Gpu,
  args: TreeBuffers & {
    readonly rows: GPUBuffer;
    readonly history: GPUBuffer;
    readonly nodes: GPUBuffer;
    readonly params: GPUBuffer;
    readonly fanout: number;
    readonly depth: number;
    readonly fromContrast: boolean;
    readonly isStatic?: boolean;
  },
): Op {
  const { fanout, depth, fromContrast, isStatic = false } = args;
  const numEntries = fanout + depth * fanout * fanout;
  const numRows = fromContrast ? 2 * fanout : fanout;
  if (isStatic && numEntries > MAX_STATIC_ENTRIES) {
    throw new RangeError(
      `Cannot draft a static tree as its pool must have at most ${MAX_STATIC_ENTRIES} entries: ${numEntries}`,
    );
  }
  const launch = bindKernel(gpu, "draft_tree", {
    elem: "f32",
    constants: {
      WG: workgroupSize(gpu, 256, numEntries ** 2 / 32),
      FANOUT: fanout,
      DEPTH: depth,
      FROM_CONTRAST: fromContrast ? 1 : 0,
      STATIC: isStatic ? 1 : 0,
    },
    operands: [
      { name: "params", kind: "uniform", buffer: args.params, minBytes: 16 },
      {
        name: "candidates",
        kind: "read",
        buffer: args.candidates,
        minBytes: numRows * fanout * CANDIDATE_BYTES,
      },
      {
        name: "state",
        kind: "read",
        buffer: args.state,
        minBytes: STATE_BYTES,
      },
      {
        name: "history",
        kind: "read",
        buffer: args.history,
        minBytes: HISTORY_BYTES,
      },
      {
        name: "pool",
        kind: "write",
        buffer: args.pool,
        minBytes: poolBytes(fanout, depth),
      },
      {
        name: "rows",
        kind: "write",
        buffer: args.rows,
        minBytes: rowTableBytes(1),
      },
      {
        name: "nodes",
        kind: "write",
        buffer: args.nodes,
        minBytes: MAX_NODES * NODE_BYTES,
      },
    ],
  });
  return () => [launch([1, 1, 1])];
}
