/**
 * Generates much, and prints what the process holds as it goes on, a line of JSON each time: buffers are counted where
 * WebGPU makes and frees them.
 *
 * @module
 */

import { DraftRun } from "../draft/_draft_run.ts";
import { GREEDY } from "../../src/ops/mod.ts";
import { loadModel, type Model } from "../../mod.ts";
import { Session } from "../../src/decode/session.ts";
import { submitPass } from "../../src/gpu/submit_pass.ts";

/** What the process holds. */
export interface MemorySample {
  readonly phase: "generate" | "open";
  /** Generations, or sessions opened. */
  readonly numSessions: number;
  readonly numTokens: number;
  readonly numBuffers: number;
  readonly bufferBytes: number;
  readonly rssBytes: number;
}

const STORIES = new URL("../../weights/stories260k/", import.meta.url);
const PROMPTS = ["Once upon a time", "The cat", "One day, Tom", "A dog"];
const NUM_SESSIONS = 200;
const NUM_TOKENS = 10_000;
const NUM_BATCHES = NUM_SESSIONS / PROMPTS.length;
const MAX_TOKENS = NUM_TOKENS / NUM_BATCHES / 2;
const BATCHES_PER_SAMPLE = 5;

const live = new Map<GPUBuffer, number>();
const { createBuffer } = GPUDevice.prototype;
GPUDevice.prototype.createBuffer = function (descriptor): GPUBuffer {
  const buffer = createBuffer.call(this, descriptor);
  live.set(buffer, buffer.size);
  return buffer;
};
const { destroy } = GPUBuffer.prototype;
GPUBuffer.prototype.destroy = function (): undefined {
  live.delete(this);
  destroy.call(this);
};

function print(
  sample: Pick<MemorySample, "phase" | "numSessions" | "numTokens">,
): void {
  const gc: unknown = Reflect.get(globalThis, "gc");
  if (typeof gc === "function") gc();
  const bufferBytes = live.values().reduce((sum, size) => sum + size, 0);
  const { rss: rssBytes } = Deno.memoryUsage();
  const held = { numBuffers: live.size, bufferBytes, rssBytes };
  console.log(JSON.stringify({ ...sample, ...held } satisfies MemorySample));
}

/** Generates to the end, to a length at which it is aborted, or to one at which the loop is left. */
async function generate(
  model: Model,
  prompt: string,
  end: { readonly abortAfter?: number; readonly leaveAfter?: number },
): Promise<number> {
  const { abortAfter = Infinity, leaveAfter = Infinity } = end;
  const controller = new AbortController();
  const chunks = model.generate(prompt, {
    maxTokens: MAX_TOKENS,
    ignoreEos: true,
    signal: controller.signal,
  });
  let numTokens = 0;
  for await (const { tokens } of chunks) {
    numTokens += tokens.length;
    if (numTokens >= abortAfter) controller.abort();
    if (numTokens >= leaveAfter) break;
  }
  return numTokens;
}

async function generateMuch(): Promise<void> {
  using model = await loadModel(STORIES);
  let numSessions = 0;
  let numTokens = 0;
  for (let batch = 0; numTokens < NUM_TOKENS; batch++) {
    // Each of the pool's sessions has its turn at each prompt, and each way to end.
    const [one = "", two = "", three = "", four = ""] = PROMPTS.map(
      (prompt, index) => PROMPTS[(index + batch) % PROMPTS.length] ?? prompt,
    );
    const counts = await Promise.all([
      generate(model, one, {}),
      generate(model, two, {}),
      generate(model, three, { abortAfter: 1 }),
      generate(model, four, { leaveAfter: 1 }),
    ]);
    numSessions += counts.length;
    numTokens += counts.reduce((sum, count) => sum + count, 0);
    if (batch % BATCHES_PER_SAMPLE === 0) {
      print({ phase: "generate", numSessions, numTokens });
    }
  }
  print({ phase: "generate", numSessions, numTokens });
}

async function openMany(): Promise<void> {
  const tree = { numNodes: 8, depth: 3, topK: 2 };
  const drafter = new URL("drafter/", STORIES);
  using run = await DraftRun.open({ target: STORIES, drafter, tree });
  for (let numSessions = 0; numSessions <= NUM_SESSIONS; numSessions++) {
    if (numSessions % 20 === 0) {
      print({ phase: "open", numSessions, numTokens: 0 });
    }
    using session = new Session(run.gpu, run.target, {
      drafter: run.drafter,
      tree,
    });
    session.start({
      prompt: [1],
      sampling: GREEDY,
      logitBias: new Map(),
      maxTokens: 8,
      endTokens: [],
      ignoreEos: true,
      logProbs: false,
    });
    submitPass(run.gpu, session.prefill([1, 403], 0, null));
    await run.gpu.device.queue.onSubmittedWorkDone();
  }
}

await generateMuch();
await openMany();
