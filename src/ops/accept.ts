import { bindKernel, type Op } from "./op.ts";
import type { Gpu } from "../gpu/gpu.ts";

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

/** Where a generation stands, as the device keeps it. */
export type State = Readonly<Record<typeof STATE_WORDS[number], number>>;

/** Values of `State.stop`. */
export const STOP_CODES = ["running", "eos", "length", "context"] as const;

/**
 * Commits the choice at the root and prepares the next pass.
 *
 * Shapes: choice `[R]`, logProb `[R]`, tokenState `[V]`, tokens and logProbs `[S+1]`.
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
    readonly rows: GPUBuffer;
    readonly tokenState: GPUBuffer;
    readonly tokens: GPUBuffer;
    readonly logProbs: GPUBuffer;
    readonly vocabSize: number;
    readonly contextLength: number;
  },
): Op {
  const tokensBytes = (args.contextLength + 1) * 4;
  const launch = bindKernel(gpu, "accept", {
    elem: "f32",
    constants: {},
    operands: [
      { name: "choice", kind: "read", buffer: args.choice, minBytes: 4 },
      { name: "log_prob", kind: "read", buffer: args.logProb, minBytes: 4 },
      {
        name: "state",
        kind: "write",
        buffer: args.state,
        minBytes: STATE_BYTES,
      },
      { name: "rows", kind: "write", buffer: args.rows, minBytes: 16 },
      {
        name: "token_state",
        kind: "write",
        buffer: args.tokenState,
        minBytes: args.vocabSize * 4,
      },
      {
        name: "tokens",
        kind: "write",
        buffer: args.tokens,
        minBytes: tokensBytes,
      },
      {
        name: "log_probs",
        kind: "write",
        buffer: args.logProbs,
        minBytes: tokensBytes,
      },
    ],
  });
  return () => [launch([1, 1, 1])];
}
