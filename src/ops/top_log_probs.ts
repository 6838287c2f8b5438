import { bindKernel, type Op, workgroupSize } from "./op.ts";
import { CANDIDATE_BYTES } from "./draft_top.ts";
import { COMMITTED_BYTES } from "./kv_commit.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { MAX_PATH } from "./row_table.ts";
import { STATE_BYTES } from "./accept.ts";

/** Most tokens that are reported of a position. */
export const MAX_TOP_LOG_PROBS = 20;

/** Bytes of what is kept of a position, however many tokens are wanted. */
export const TOP_LOG_PROBS_BYTES = MAX_TOP_LOG_PROBS * CANDIDATE_BYTES;

/**
 * Lists the likeliest tokens at each position that the walk before has committed, with their log probabilities
 * under the unprocessed logits.
 *
 * Shapes: logits `[R, V]` f32, top `[S+1, 20]` of token and log probability.
 *
 * @param gpu Device.
 * @param args Buffers, sizes, and tokens wanted, at most 20 and at most `V`.
 * @returns The op, taking the number of rows that were verified.
 * @throws {RangeError} If a buffer is too small.
 */
export function topLogProbs(
  gpu: Gpu,
  args: {
    readonly state: GPUBuffer;
    readonly committed: GPUBuffer;
    readonly logits: GPUBuffer;
    readonly top: GPUBuffer;
    readonly vocabSize: number;
    readonly contextLength: number;
    readonly numTokens: number;
  },
): Op {
  const { vocabSize, contextLength } = args;
  const launch = bindKernel(gpu, "top_log_probs", {
    elem: "f32",
    constants: {
      // Each thread reads its tokens once for each that is wanted.
      WG: workgroupSize(gpu, 256, 2 * vocabSize),
      V: vocabSize,
      TOP: args.numTokens,
      MOST: MAX_TOP_LOG_PROBS,
    },
    operands: [
      {
        name: "state",
        kind: "read",
        buffer: args.state,
        minBytes: STATE_BYTES,
      },
      {
        name: "committed",
        kind: "read",
        buffer: args.committed,
        minBytes: COMMITTED_BYTES,
      },
      {
        name: "logits",
        kind: "read",
        buffer: args.logits,
        minBytes: vocabSize * 4,
      },
      {
        name: "top",
        kind: "write",
        buffer: args.top,
        minBytes: (contextLength + 1) * TOP_LOG_PROBS_BYTES,
      },
    ],
  });
  return (numRows) => [launch([Math.min(numRows, MAX_PATH), 1, 1])];
}
