import { assert, assertEquals, assertRejects } from "@std/assert";
import { collect } from "../decode/_collect.ts";
import { FAILING_SEEDS } from "./_failing_seeds.ts";
import { GpuError, loadModel, type Model } from "../../mod.ts";
import { openWorkerModel } from "../../src/server/open_worker_model.ts";
import { ServiceError } from "../../src/server/service_error.ts";
import type { WorkerModel } from "../../src/server/worker_model.ts";

const STORIES = new URL("../../weights/stories260k/", import.meta.url);
const LOAD = {
  tree: { numNodes: 8, depth: 3, topK: 2 },
  contextLength: 448,
} as const;
const FAILING_WORKER = new URL("./_failing_worker.ts", import.meta.url);
const PROMPTS = [
  "Once upon a time",
  "The cat",
  "One day, Tom",
  "A dog",
  "Lily had",
  "Mom said",
  "There was",
  "Ben and",
] as const;
const SAMPLED = { temperature: 0.9, ignoreEos: true } as const;

function open(
  options: { readonly workers?: number; readonly workerUrl?: URL } = {},
): Promise<WorkerModel> {
  return openWorkerModel({
    id: "stories",
    load: { ...LOAD, model: STORIES },
    ...options,
  });
}

async function write(
  model: Pick<Model, "generate">,
  seed: number,
  maxTokens = 40,
) {
  const prompt = PROMPTS[seed % PROMPTS.length] ?? "";
  const options = { ...SAMPLED, seed, maxTokens };
  return await collect(model.generate(prompt, options));
}

async function tokensOf(
  model: Pick<Model, "generate">,
  seed: number,
  maxTokens?: number,
): Promise<readonly number[]> {
  return (await write(model, seed, maxTokens)).statistics.tokens;
}

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(() => null, (error) => error);
}

/** A signal that counts who listens to it. */
function countedSignal(): {
  readonly controller: AbortController;
  readonly count: () => number;
} {
  const controller = new AbortController();
  const { signal } = controller;
  let numListeners = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    numListeners++;
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (
    ...args: Parameters<typeof removeEventListener>
  ) => {
    numListeners--;
    removeEventListener.apply(signal, args);
  };
  return { controller, count: () => numListeners };
}

const alone = await loadModel(STORIES, LOAD);
const expected: (readonly number[])[] = [];
for (let seed = 0; seed < 16; seed++) {
  expected.push(await tokensOf(alone, seed));
}

Deno.test("openWorkerModel() gives a model that says, does and refuses what it does in this thread, side by side too", async () => {
  await using model = await open();
  assertEquals(model.id, "stories");
  assertEquals(model.isReady, true);
  const facts = ["config", "contextLength", "dtype", "drafter", "deviceName"];
  for (const name of facts as (keyof Model & keyof WorkerModel)[]) {
    assertEquals(model[name], alone[name]);
  }
  assertEquals(model.drafter, "jakiro");
  assertEquals(
    model.tokenizer.encode("Lily"),
    alone.tokenizer.encode("Lily"),
  );
  const { chunks, statistics } = await write(model, 0);
  assertEquals(statistics.tokens, expected[0]);
  assertEquals(chunks.map(({ text }) => text).join(""), statistics.text);
  assertEquals(chunks.flatMap(({ tokens }) => tokens), statistics.tokens);
  const ids = model.tokenizer.encode(PROMPTS[0]);
  const again = [...ids, ...statistics.tokens, 9];
  const next = await collect(model.generate(again, { maxTokens: 2 }));
  // A drafter wants the last one that is shared again.
  assertEquals(next.statistics.cachedTokens, again.length - 3);
  assertEquals(await model.embed(ids), await alone.embed(ids));
  assertEquals(
    await model.draftTree(ids, { temperature: 0 }),
    await alone.draftTree(ids, { temperature: 0 }),
  );
  const together = await Promise.all(
    expected.map((_, seed) => tokensOf(model, seed)),
  );
  assertEquals(together, expected);
  const bad = [
    { maxTokens: -1 },
    { temperature: "hot" as unknown as number },
    { stop: [""] },
  ];
  for (const options of bad) {
    const error = await errorOf(collect(model.generate([1], options)));
    const known = await errorOf(collect(alone.generate([1], options)));
    assert(error instanceof Error && known instanceof Error);
    assertEquals(error.constructor, known.constructor);
    assertEquals(error.message, known.message);
  }
  await assertRejects(() => model.embed([]), RangeError);
  assertEquals(model.numRunning, 0);
  assertEquals(await tokensOf(model, 3), expected[3]);
  assertEquals(model.numRestarts, 0);
});

Deno.test("WorkerModel.generate() ends when aborted or left, and lets go of all that it held", async () => {
  await using model = await openWorkerModel({
    id: "one",
    load: { ...LOAD, model: STORIES, maxSessions: 1 },
  });
  const { controller, count } = countedSignal();
  const { signal } = controller;
  const aborted = model.generate(PROMPTS[1], { ...SAMPLED, seed: 1, signal });
  await aborted.next();
  assertEquals(count(), 1);
  // There is one session, so the others wait until those before them have ended.
  const left = model.generate(PROMPTS[2], { ...SAMPLED, seed: 2, signal });
  const waiting = left.next();
  controller.abort();
  const { statistics } = await collect(aborted);
  assertEquals(statistics.stop, "abort");
  const { tokens } = statistics;
  const whole = await tokensOf(alone, 1, tokens.length);
  assertEquals(tokens, whole);
  const ended = await waiting;
  assert(ended.done && ended.value.stop === "abort");
  assertEquals(count(), 0);
  for await (const _ of model.generate(PROMPTS[3], SAMPLED)) break;
  const early = AbortSignal.abort();
  const none = await collect(model.generate("A", { signal: early }));
  assertEquals([none.chunks, none.statistics.stop], [[], "abort"]);
  assertEquals(model.numRunning, 0);
  assertEquals(await tokensOf(model, 4), expected[4]);
});

Deno.test("WorkerModel fails what a Worker ran that was killed, spares what others run, and starts a fresh one", async () => {
  await using model = await open({ workers: 2, workerUrl: FAILING_WORKER });
  const dying = errorOf(write(model, FAILING_SEEDS.thread, 400));
  const other = tokensOf(model, 1);
  const error = await dying;
  assert(error instanceof ServiceError, String(error));
  assertEquals(error.kind, "workerLost");
  assertEquals(await other, expected[1]);
  assertEquals([model.isReady, model.numRestarts], [true, 1]);
  const [first, ...seeds] = [2, 3, 4, 5];
  assertEquals(await tokensOf(model, first), expected[first]);
  assertEquals(
    await Promise.all(seeds.map((seed) => tokensOf(model, seed))),
    seeds.map((seed) => expected[seed]),
  );
  assertEquals(model.numRunning, 0);
});

Deno.test("WorkerModel fails what runs on a device that is lost, and goes on with a fresh one, asked or not", async () => {
  await using model = await open({ workerUrl: FAILING_WORKER });
  const errors = await Promise.all([
    errorOf(write(model, FAILING_SEEDS.device, 400)),
    errorOf(write(model, 2, 400)),
  ]);
  for (const error of errors) {
    assert(error instanceof ServiceError, String(error));
    assertEquals(error.kind, "workerLost");
    assert(error.cause instanceof GpuError);
    assertEquals(error.cause.kind, "device-lost");
  }
  assertEquals(model.isReady, false);
  assertEquals(await tokensOf(model, 2), expected[2]);
  assertEquals([model.isReady, model.numRestarts], [true, 1]);
  const { statistics } = await write(model, FAILING_SEEDS.idle, 2);
  assertEquals(statistics.tokens.length, 2);
  // Without anybody asking.
  while (model.numRestarts < 2) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  while (!model.isReady) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const running = errorOf(write(model, 3, 400));
  await model[Symbol.asyncDispose]();
  const closed = await running;
  assert(closed instanceof ServiceError);
  assertEquals(closed.kind, "closing");
  assertEquals(model.isReady, false);
  assertEquals(model.numRunning, 0);
});

Deno.test("openWorkerModel() fails as loading does, and leaves no Worker behind", async () => {
  await assertRejects(
    () => openWorkerModel({ id: "m", load: { model: "nowhere" } }),
    ReferenceError,
  );
  await assertRejects(
    () =>
      openWorkerModel({
        id: "m",
        load: { model: STORIES, contextLength: 1e6 },
      }),
    RangeError,
    "Cannot load the model as its context must be an integer",
  );
  await assertRejects(() => open({ workers: 0 }), RangeError, '"workers"');
  const missing = new URL("./no_worker.ts", import.meta.url);
  const error = await errorOf(open({ workerUrl: missing }));
  assert(error instanceof ServiceError);
  assertEquals(error.kind, "workerLost");
});
