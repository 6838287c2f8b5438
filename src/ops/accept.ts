import { bindKernel, type Op, workgroupSize } from "./op.ts";
import { COMMITTED_BYTES } from "./kv_commit.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { MAX_PATH, rowTableBytes } from "./row_table.ts";
import { NODE_BYTES } from "./draft_tree.ts";

/** Words of the state, in the order of `kernels/lib/state.wgsl`. */
export const STATE_WORDS = [
  "length",
  "numGenerated",
  "maxGenerated",
  "contextLength",
  "stop",
  "numRounds",
  "ignoreEnd",
] as const;

/** Bytes of the state. */
export const STATE_BYTES = 32;

/** Bytes of what is kept of a token: id, log probability, origin. */
export const HISTORY_BYTES = 12;

/** Where a generation stands, as the device keeps it. */
export type State = Readonly<Record<typeof STATE_WORDS[number], number>>;

/** Values of `State.stop`. */
export const STOP_CODES = ["running", "eos", "length", "context"] as const;

/**
 * Walks the tree by the target's choices, commits what it walks over, and prepares the next passes.
 *
 * Shapes: choice `[R]`, logProb `[R]`, nodes `[N]`, tokenState `[V]`, history `[S+1]`; draftRows
 * for as many rows as the longest way, frontierRows for at least one.
 *
 * @param gpu Device.
 * @param args Buffers and number of tokens.
 * @returns The op; its argument plays no part.
 * @throws {RangeError} If a buffer is too small.
 */
export function accept(
  gpu: Gpu,
  args: {
    readonly choice: GPUBuffer;
    readonly logProb: GPUBuffer;
    readonly state: GPUBuffer;
    readonly nodes: GPUBuffer;
    readonly rows: GPUBuffer;
    readonly draftRows: GPUBuffer;
    readonly frontierRows: GPUBuffer;
    readonly tokenState: GPUBuffer;
    readonly history: GPUBuffer;
    readonly committed: GPUBuffer;
    readonly vocabSize: number;
    readonly contextLength: number;
  },
): Op {
  const launch = bindKernel(gpu, "accept", {
    elem: "f32",
    constants: { WG: workgroupSize(gpu, 64) },
    operands: [
      { name: "choice", kind: "read", buffer: args.choice, minBytes: 4 },
      { name: "log_prob", kind: "read", buffer: args.logProb, minBytes: 4 },
      { name: "nodes", kind: "read", buffer: args.nodes, minBytes: NODE_BYTES },
      {
        name: "state",
        kind: "write",
        buffer: args.state,
        minBytes: STATE_BYTES,
      },
      {
        name: "rows",
        kind: "write",
        buffer: args.rows,
        minBytes: rowTableBytes(1),
      },
      {
        name: "draft_rows",
        kind: "write",
        buffer: args.draftRows,
        minBytes: rowTableBytes(MAX_PATH),
      },
      {
        name: "frontier",
        kind: "write",
        buffer: args.frontierRows,
        minBytes: rowTableBytes(1),
      },
      {
        name: "token_state",
        kind: "write",
        buffer: args.tokenState,
        minBytes: args.vocabSize * 4,
      },
      {
        name: "history",
        kind: "write",
        buffer: args.history,
        minBytes: (args.contextLength + 1) * HISTORY_BYTES,
      },
      {
        name: "committed",
        kind: "write",
        buffer: args.committed,
        minBytes: COMMITTED_BYTES,
      },
    ],
  });
  return () => [launch([1, 1, 1])];
}
