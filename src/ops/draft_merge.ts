import { bindKernel, type Op, workgroupSize } from "./op.ts";
import { CANDIDATE_BYTES } from "./draft_top.ts";
import { MAX_FANOUT } from "./draft_expand.ts";
import { rowsOperand } from "./matrix_kernel.ts";
import type { Gpu } from "../gpu/gpu.ts";

/**
 * Merges the candidates of both branches of each row into the best of them, and notes which branch each is from.
 *
 * Shapes: lists `[2*R, K]`, candidates `[R, K]`, branches u32 for each entry of the pool; R = 1 at level 0, else K.
 *
 * @param gpu Device.
 * @param args The drafter's row table, buffers, a uniform buffer that holds the level, and K.
 * @returns The op, taking `R`.
 * @throws {RangeError} If a buffer is too small, or K too large.
 */
export function draftMerge(
  gpu: Gpu,
  args: {
    readonly params: GPUBuffer;
    readonly rows: GPUBuffer;
    readonly lists: GPUBuffer;
    readonly candidates: GPUBuffer;
    readonly branches: GPUBuffer;
    readonly fanout: number;
  },
): Op {
  const { fanout } = args;
  if (fanout > MAX_FANOUT) {
    throw new RangeError(
      `Cannot merge candidates as their fanout must be at most ${MAX_FANOUT}: ${fanout}`,
    );
  }
  const launch = bindKernel(gpu, "draft_merge", {
    elem: "f32",
    constants: { WG: workgroupSize(gpu, 32), FANOUT: fanout },
    operands: [
      { name: "params", kind: "uniform", buffer: args.params, minBytes: 4 },
      rowsOperand(args.rows),
      {
        name: "lists",
        kind: "read",
        buffer: args.lists,
        minBytes: 2 * fanout * CANDIDATE_BYTES,
      },
      {
        name: "candidates",
        kind: "write",
        buffer: args.candidates,
        minBytes: fanout * CANDIDATE_BYTES,
      },
      {
        name: "branches",
        kind: "write",
        buffer: args.branches,
        minBytes: fanout * 4,
      },
    ],
  });
  return (numRows) => [launch([numRows, 1, 1])];
}
