import {
  COMMITTED_BYTES,
  HISTORY_BYTES,
  MAX_FANOUT,
  MAX_NODES,
  NODE_BYTES,
  packSampling,
  rowTableBytes,
  SAMPLING_BYTES,
  type SamplingBuffers,
  type SamplingParams,
  type State,
  STATE_BYTES,
  STATE_WORDS,
  TOKEN_STATE,
} from "../ops/mod.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Target } from "../model/mod.ts";

/** What a generation starts with. */
export interface SessionStart {
  /** Ids of the prompt, at least one. */
  readonly prompt: readonly number[];
  /** How tokens are chosen. */
  readonly sampling: SamplingParams;
  /** Added to the logits of some ids. */
  readonly logitBias: ReadonlyMap<number, number>;
  /** Most tokens to generate. */
  readonly maxTokens: number;
  /** Ids that end the text. */
  readonly endTokens: readonly number[];
  /** Whether to go on past them. */
  readonly ignoreEos: boolean;
  /** Whether to compute log probabilities. */
  readonly logProbs: boolean;
  /** How many of the likeliest tokens of each position to report. Default: none. */
  readonly topLogProbs?: number;
  /** Whether tokens are forbidden before each round. Default: none ever is. */
  readonly isMasked?: boolean;
}

/** Buffers of one sequence, besides its caches. */
export interface SessionBuffers extends SamplingBuffers {
  /** The target's row table. */
  readonly rows: GPUBuffer;
  /** Rows that the drafter absorbs: those committed, the newest first. */
  readonly draftRows: GPUBuffer;
  /** Rows that it drafts from: the newest, then each level's best nodes. */
  readonly frontierRows: GPUBuffer;
  /** `[N]`, see `kernels/lib/tree.wgsl`. */
  readonly nodes: GPUBuffer;
  /** See {@linkcode State}. */
  readonly state: GPUBuffer;
  /** `[S+1]`, see `kernels/lib/history.wgsl`. */
  readonly history: GPUBuffer;
  /** See `kernels/lib/committed.wgsl`. */
  readonly committed: GPUBuffer;
  /** `[N]` u32. */
  readonly choice: GPUBuffer;
  /** `[N]` f32. */
  readonly logProb: GPUBuffer;
}

/**
 * Allocates the buffers of a sequence.
 *
 * @param target Model that the sequence runs on.
 * @param create Allocates a buffer, given its name, bytes and usage.
 * @returns The buffers.
 */
export function createSessionBuffers(
  target: Target,
  create: (label: string, sizeBytes: number, usage?: number) => GPUBuffer,
): SessionBuffers {
  const { contextLength, config, workspace } = target;
  const { vocabSize } = config;
  return {
    rows: create("rows", rowTableBytes(workspace.maxRows)),
    draftRows: create("draft rows", rowTableBytes(workspace.maxRows)),
    frontierRows: create("frontier rows", rowTableBytes(MAX_FANOUT)),
    nodes: create("nodes", MAX_NODES * NODE_BYTES),
    state: create("state", STATE_BYTES),
    history: create("history", (contextLength + 1) * HISTORY_BYTES),
    committed: create("committed", COMMITTED_BYTES),
    choice: create("choice", MAX_NODES * 4),
    logProb: create("log prob", MAX_NODES * 4),
    sampling: create(
      "sampling",
      SAMPLING_BYTES,
      GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    ),
    logits: workspace.logits,
    bias: create("bias", vocabSize * 4),
    tokenState: create("token state", vocabSize * 4),
    cut: create("cut", MAX_NODES * 4),
  };
}

/**
 * Empties the tables by which passes go, as they are at first, so that until the next generation passes run over no rows and
 * write nothing. What the caches hold stays.
 *
 * @param gpu Device.
 * @param buffers Buffers of the sequence.
 */
export function writeIdle(gpu: Gpu, buffers: SessionBuffers): void {
  const { rows, draftRows, frontierRows, committed } = buffers;
  for (const table of [rows, draftRows, frontierRows, committed]) {
    // Each begins with its count.
    gpu.device.queue.writeBuffer(table, 0, new Uint32Array(1));
  }
}

/**
 * Sets the device's state for a new generation.
 *
 * @param gpu Device.
 * @param buffers Buffers of the sequence.
 * @param start What the generation starts with, and the target's limits.
 */
export function writeStart(
  gpu: Gpu,
  buffers: SessionBuffers,
  start: SessionStart & {
    readonly vocabSize: number;
    readonly contextLength: number;
  },
): void {
  const { queue } = gpu.device;
  const { sampling, logitBias, prompt, vocabSize } = start;
  queue.writeBuffer(buffers.sampling, 0, packSampling(sampling));
  if (sampling.hasBias) {
    const bias = new Float32Array(vocabSize);
    for (const [id, value] of logitBias) bias[id] = value;
    queue.writeBuffer(buffers.bias, 0, bias);
  }
  const tokenState = new Uint32Array(vocabSize);
  for (const id of prompt) tokenState[id] = TOKEN_STATE.inPrompt;
  for (const id of start.endTokens) {
    tokenState[id] = (tokenState[id] ?? 0) | TOKEN_STATE.isEnd;
  }
  queue.writeBuffer(buffers.tokenState, 0, tokenState);
  const state: State = {
    length: 0,
    numGenerated: 0,
    maxGenerated: start.maxTokens,
    contextLength: start.contextLength,
    stop: 0,
    numRounds: 0,
    ignoreEnd: start.ignoreEos ? 1 : 0,
  };
  const words = STATE_WORDS.map((word) => state[word]);
  queue.writeBuffer(buffers.state, 0, new Uint32Array(words));
}
