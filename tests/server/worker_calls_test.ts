import { assert, assertEquals } from "@std/assert";
import type {
  Chunk,
  GenerateOptions,
  GenerateStatistics,
  Model,
} from "../../mod.ts";
import { abortedStatistics } from "../../src/decode/aborted_statistics.ts";
import {
  type Call,
  type FromWorker,
  MAX_CHUNKS_AHEAD,
} from "../../src/server/worker_protocol.ts";
import { WorkerCalls } from "../../src/server/worker_calls.ts";

const CALL: Call = { name: "generate", prompt: [1], options: {} };

const CHUNK: Chunk = {
  text: "a",
  tokens: [3],
  drafted: [false],
  elapsedMs: 0,
  soFar: {
    draftedTokens: 0,
    rounds: 0,
    tokensPerRound: 0,
    acceptedPerDepth: [],
    roundMs: null,
    idleShare: null,
  },
};

/** A model whose texts have an end only when aborted, and what it was asked and told. */
class EndlessModel {
  numChunks = 0;
  numRunning = 0;
  readonly posted: FromWorker[] = [];
  readonly calls: WorkerCalls;

  constructor() {
    const model = { generate: this.#generate.bind(this) };
    this.calls = new WorkerCalls(
      model as unknown as Model,
      (message) => this.posted.push(message),
    );
  }

  async *#generate(
    prompt: readonly number[],
    { signal }: GenerateOptions,
  ): AsyncGenerator<Chunk, GenerateStatistics> {
    this.numRunning++;
    try {
      while (!signal?.aborted) {
        await settle();
        this.numChunks++;
        yield CHUNK;
      }
      return abortedStatistics({ prompt, seed: 0, calledMs: 0 });
    } finally {
      this.numRunning--;
    }
  }

  numPosted(id: number): number {
    return this.posted.filter((message) =>
      message.type === "chunk" && message.id === id
    ).length;
  }
}

function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

/** Waits longer than what runs needs to go on. */
async function pause(): Promise<void> {
  for (let turn = 0; turn < 3 * MAX_CHUNKS_AHEAD; turn++) await settle();
}

Deno.test("WorkerCalls.run() sends a slow reader no more than is allowed ahead, and others all the same", async () => {
  const model = new EndlessModel();
  const { calls } = model;
  const slow = calls.run(1, CALL);
  await pause();
  assertEquals(model.numChunks, MAX_CHUNKS_AHEAD);
  assertEquals(model.numPosted(1), MAX_CHUNKS_AHEAD);
  for (let taken = 1; taken <= 3; taken++) {
    calls.take(1);
    await pause();
    assertEquals(model.numPosted(1), MAX_CHUNKS_AHEAD + taken);
  }
  const other = calls.run(2, CALL);
  for (let taken = 0; taken < 3 * MAX_CHUNKS_AHEAD; taken++) {
    calls.take(2);
    await settle();
  }
  await pause();
  assert(model.numPosted(2) > 2 * MAX_CHUNKS_AHEAD);
  assertEquals(model.numPosted(1), MAX_CHUNKS_AHEAD + 3);
  calls.abort(1);
  calls.abort(2);
  await Promise.all([slow, other]);
});

Deno.test("WorkerCalls.abort() ends a generation that waits for its reader, and tells what it has done", async () => {
  const model = new EndlessModel();
  const { calls } = model;
  const running = calls.run(7, CALL);
  await pause();
  calls.abort(7);
  await running;
  assertEquals(model.numRunning, 0);
  const last = model.posted.at(-1);
  assert(last?.type === "result" && last.id === 7);
  const { length } = model.posted;
  // Of what has ended, or never was, nothing is heard.
  for (const id of [7, 8]) {
    calls.take(id);
    calls.abort(id);
  }
  await pause();
  assertEquals(model.posted.length, length);
});

Deno.test("WorkerCalls.run() tells errors with their class", async () => {
  const posted: FromWorker[] = [];
  const model = {
    embed: () => Promise.reject(new RangeError("too long")),
  };
  const calls = new WorkerCalls(
    model as unknown as Model,
    (message) => posted.push(message),
  );
  await calls.run(3, { name: "embed", ids: [] });
  assertEquals(posted, [{
    type: "failed",
    id: 3,
    error: { name: "RangeError", message: "too long" },
  }]);
});
