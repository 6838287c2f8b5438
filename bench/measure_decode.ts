/** Measures plain decoding on one model. @module */

import {
  type Checkpoint,
  countStored,
  openCheckpoint,
} from "../src/checkpoint/mod.ts";
import type { Gpu } from "../src/gpu/gpu.ts";
import { GREEDY } from "../src/ops/mod.ts";
import { type KernelTime, profileDispatches } from "../src/gpu/profile.ts";
import { openGpu } from "../src/decode/open_gpu.ts";
import { ReadBack } from "../src/decode/read_back.ts";
import { resolveElem } from "../src/decode/resolve_elem.ts";
import { runRounds } from "../src/decode/run_rounds.ts";
import { FixedPolicy } from "../src/decode/fixed_policy.ts";
import { Session } from "../src/decode/session.ts";
import type { SessionStart } from "../src/decode/session_buffers.ts";
import { submitPass } from "../src/gpu/submit_pass.ts";
import { Target } from "../src/model/mod.ts";
import { timeHost } from "./time_host.ts";
import { warmUp } from "../src/decode/warm_up.ts";

/** What was measured of one model. */
export interface DecodeMeasurement {
  readonly device: string;
  readonly elem: "f16" | "f32";
  readonly numParameters: number;
  readonly uploadMs: number;
  readonly compileMs: number;
  readonly firstTokenMs: number;
  readonly prefillTokensPerSecond: number;
  /** Tokens per second, a pair for each repetition. */
  readonly awaiting: readonly number[];
  readonly runningAhead: readonly number[];
  readonly dispatchesPerToken: number;
  readonly kernels: readonly (KernelTime & { readonly bytes: number })[];
  readonly encodeMsPerToken: number;
}

/** How much to measure. */
export interface MeasureOptions {
  /** Tokens generated each time. */
  readonly numTokens: number;
  /** Tokens of the prompt. */
  readonly promptLength: number;
  /** Times both ways are run, in turn. */
  readonly repetitions: number;
}

const CONTEXT_LENGTH = 512;
const MAX_ROWS = 64;

/**
 * Measures decoding with read-backs in flight against awaiting each token, in turn.
 *
 * @param directory Checkpoint in Hugging Face form; its tokenizer is not needed.
 * @param options How much to measure.
 * @returns What was measured.
 */
export async function measureDecode(
  directory: string | URL,
  options: MeasureOptions,
): Promise<DecodeMeasurement> {
  using checkpoint = await openCheckpoint(directory);
  using gpu = await openGpu(checkpoint);
  const elem = resolveElem(gpu, checkpoint, "auto");
  let lastMs = performance.now();
  const lap = (): number => -lastMs + (lastMs = performance.now());
  const target = await Target.load(gpu, checkpoint, {
    elem,
    contextLength: CONTEXT_LENGTH,
    maxRows: MAX_ROWS,
    maxLogitRows: 1,
    onProgress: () => {},
  });
  const uploadMs = lap();
  using session = new Session(gpu, target);
  await warmUp(gpu, session, { onProgress: () => {} });
  const compileMs = lap();
  using first = new ReadBack(gpu);
  using second = new ReadBack(gpu);
  const start = sessionStart(checkpoint, options);
  const args = {
    ids: start.prompt,
    firstPosition: 0,
    maxRows: MAX_ROWS,
    maxTokens: options.numTokens,
    readBacks: [first, second],
    signal: undefined,
  } as const;
  const awaiting: number[] = [];
  const runningAhead: number[] = [];
  let firstTokenMs = Infinity;
  const policy = new FixedPolicy(0);
  for (let index = 0; index <= options.repetitions; index++) {
    session.start(start);
    submitPass(
      gpu,
      session.prefill(start.prompt, 0, null),
      (encoder) => first.encode(encoder, session, start.prompt.length),
    );
    const one = await timeAwaiting(gpu, session, { first, ...start });
    session.start(start);
    const times: number[] = [];
    const aheadMs = performance.now();
    for await (
      const batch of runRounds(gpu, session, {
        ...args,
        gears: policy.start(),
      })
    ) {
      times.push(batch.finishedMs);
    }
    if (index === 0) continue;
    firstTokenMs = Math.min(firstTokenMs, (times[0] ?? 0) - aheadMs);
    awaiting.push(one);
    const decodeMs = (times.at(-1) ?? 0) - (times[0] ?? 0);
    runningAhead.push((options.numTokens - 1) / decodeMs * 1000);
  }
  const encodeMs = await timeHost(session, first);
  return {
    device: gpu.adapter.name,
    elem,
    numParameters: countStored(checkpoint).numParameters,
    uploadMs,
    compileMs,
    firstTokenMs,
    prefillTokensPerSecond: options.promptLength / firstTokenMs * 1000,
    awaiting,
    runningAhead,
    dispatchesPerToken: session.round.length,
    kernels: await profile(gpu, session, { start, target }),
    encodeMsPerToken: encodeMs,
  };
}

async function timeAwaiting(
  gpu: Gpu,
  session: Session,
  args: SessionStart & { readonly first: ReadBack },
): Promise<number> {
  let { stop, tokens } = await args.first.map();
  const startedMs = performance.now();
  let numTokens = tokens.length;
  while (stop === "running") {
    submitPass(
      gpu,
      session.round,
      (encoder) =>
        args.first.encode(encoder, session, args.prompt.length + numTokens),
    );
    ({ stop, tokens } = await args.first.map());
    numTokens += tokens.length;
  }
  return (numTokens - 1) / (performance.now() - startedMs) * 1000;
}

async function profile(
  gpu: Gpu,
  session: Session,
  args: { readonly start: SessionStart; readonly target: Target },
): Promise<DecodeMeasurement["kernels"]> {
  if (!gpu.hasTimestamps) return [];
  const { prompt } = args.start;
  session.start({ ...args.start, maxTokens: CONTEXT_LENGTH });
  submitPass(gpu, session.prefill(prompt, 0, null));
  const rounds = [session.round, session.round, session.round].flat();
  await profileDispatches(gpu, rounds);
  const kernels = await profileDispatches(gpu, rounds);
  const { config, elem } = args.target;
  const elemBytes = elem === "f16" ? 2 : 4;
  const qSize = config.numAttentionHeads * config.headDim;
  const kvSize = config.numKeyValueHeads * config.headDim;
  const { hiddenSize: D, intermediateSize: F } = config;
  const weights: Readonly<Record<string, number>> = {
    matmul: config.vocabSize * D,
    matmul_qkv: (qSize + 2 * kvSize) * D * config.numHiddenLayers,
    matmul_add: (qSize + F) * D * config.numHiddenLayers,
    matmul_swiglu: 2 * F * D * config.numHiddenLayers,
  };
  return kernels.map(({ name, count, ms }) => ({
    name,
    count: count / 3,
    ms: ms / 3,
    bytes: (weights[name] ?? 0) * elemBytes,
  }));
}

function sessionStart(
  checkpoint: Checkpoint,
  options: MeasureOptions,
): SessionStart {
  const { vocabSize } = checkpoint.config;
  return {
    prompt: Array.from(
      { length: options.promptLength },
      (_, index) => (index * 7919 + 1) % vocabSize,
    ),
    sampling: GREEDY,
    logitBias: new Map(),
    maxTokens: options.numTokens,
    endTokens: [],
    ignoreEos: true,
    logProbs: false,
  };
}
