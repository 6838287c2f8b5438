import { bindKernel, type Op, workgroupSize } from "./op.ts";
import { rowsOperand } from "./matrix_kernel.ts";
import { SAMPLING_BYTES } from "./sampling_buffers.ts";
import type { Gpu } from "../gpu/gpu.ts";

/** Bytes of a candidate: token and score. */
export const CANDIDATE_BYTES = 8;

/**
 * Takes the best tokens of each of a drafter's logit rows, ranked with the target's own noise.
 *
 * Shapes: logits `[R*B, V]` f32, tokenIds `[V]` u32 or null, candidates `[R*B, K]`; B branches.
 *
 * @param gpu Device.
 * @param args Row table, operands, sizes, candidates per row, and positions that the second branch looks further
 *   (default: 1).
 * @returns The op, taking `R`.
 * @throws {RangeError} If a buffer is too small.
 */
export function draftTop(
  gpu: Gpu,
  args: {
    readonly sampling: GPUBuffer;
    readonly rows: GPUBuffer;
    readonly logits: GPUBuffer;
    readonly tokenIds: GPUBuffer | null;
    readonly candidates: GPUBuffer;
    readonly vocabSize: number;
    readonly fanout: number;
    readonly numBranches: 1 | 2;
    readonly branchStep?: 0 | 1;
  },
): Op {
  const { vocabSize, fanout, numBranches, tokenIds } = args;
  const launch = bindKernel(gpu, "draft_top", {
    elem: "f32",
    constants: {
      WG: workgroupSize(gpu, 256, vocabSize),
      V: vocabSize,
      FANOUT: fanout,
      BRANCHES: numBranches,
      STEP: args.branchStep ?? 1,
      HAS_IDS: tokenIds === null ? 0 : 1,
    },
    operands: [
      {
        name: "sampling",
        kind: "uniform",
        buffer: args.sampling,
        minBytes: SAMPLING_BYTES,
      },
      rowsOperand(args.rows),
      {
        name: "logits",
        kind: "read",
        buffer: args.logits,
        minBytes: vocabSize * 4,
      },
      {
        name: "token_ids",
        kind: "read",
        buffer: tokenIds ?? args.rows,
        minBytes: tokenIds === null ? 0 : vocabSize * 4,
      },
      {
        name: "candidates",
        kind: "write",
        buffer: args.candidates,
        minBytes: fanout * CANDIDATE_BYTES,
      },
    ],
  });
  return (numRows) => [launch([numRows * numBranches, 1, 1])];
}
