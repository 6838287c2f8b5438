import { assert, assertEquals, assertRejects } from "@std/assert";
import { collect } from "./_collect.ts";
import { DraftRun } from "../draft/_draft_run.ts";
import type { Gpu } from "../../src/gpu/gpu.ts";
import { GpuError } from "../../src/gpu/gpu_error.ts";
import { loadModel, type Model } from "../../mod.ts";
import { Session } from "../../src/decode/session.ts";
import { SessionPool } from "../../src/decode/session_pool.ts";

const STORIES = new URL("../../weights/stories260k/", import.meta.url);
const SAMPLED = { temperature: 0.8, seed: 4, ignoreEos: true } as const;

const run = await DraftRun.open({
  target: STORIES,
  drafter: new URL("drafter/", STORIES),
  tree: { numNodes: 8, depth: 3, topK: 2 },
});
const { gpu, target } = run;
const { maxRows } = target.workspace;

/** A prompt that shares nothing but its first id with that of another number. */
function promptOf(number: number, length = maxRows + 20): readonly number[] {
  return [
    1,
    ...Array.from({ length }, (_, index) => 3 + (number * 7 + index * 3) % 500),
  ];
}

function openPool(maxSessions: number, device: Gpu = gpu): SessionPool {
  const session = new Session(gpu, target);
  return new SessionPool(device, {
    target,
    drafting: null,
    session,
    maxSessions,
  });
}

async function write(
  model: Model,
  prompt: readonly number[],
  maxTokens = 20,
): Promise<{ tokens: readonly number[]; cachedTokens: number }> {
  const generation = model.generate(prompt, { ...SAMPLED, maxTokens });
  const { tokens, cachedTokens } = (await collect(generation)).statistics;
  return { tokens, cachedTokens };
}

Deno.test("loadModel() refuses a number of sessions that is none", async () => {
  for (const maxSessions of [0, -1, 1.5, NaN, Infinity]) {
    await assertRejects(
      () => loadModel(STORIES, { maxSessions }),
      RangeError,
      `"maxSessions" must be an integer of at least 1: ${maxSessions}`,
    );
  }
});

Deno.test("Model.generate() keeps the caches of conversations that take turns, up to maxSessions, the last used longest", async () => {
  const load = { draft: "none", maxSessions: 2, contextLength: 400 };
  using model = await loadModel(STORIES, load);
  using alone = await loadModel(STORIES, { ...load, maxSessions: 1 });
  const turn = async (
    prompt: readonly number[],
    numCached: number,
  ): Promise<readonly number[]> => {
    const { tokens, cachedTokens } = await write(model, prompt);
    assertEquals(cachedTokens, numCached);
    assertEquals(tokens, (await write(alone, prompt)).tokens);
    return [...prompt, ...tokens, 9];
  };
  const [a, b, c] = [promptOf(1), promptOf(2), promptOf(3)];
  const bytes = model.allocatedBytes;
  const a2 = await turn(a, 0);
  assertEquals(model.allocatedBytes, bytes);
  const b2 = await turn(b, 0);
  assert(model.allocatedBytes > bytes);
  const full = model.allocatedBytes;
  // All but the last token, whose row was never computed, and the one that the user adds.
  const b3 = await turn(b2, b2.length - 2);
  const a3 = await turn(a2, a2.length - 2);
  const a4 = await turn(a3, a3.length - 2);
  // b is the one that was used least recently.
  await turn(c, 1);
  const a5 = await turn(a4, a4.length - 2);
  await turn(a5, a5.length - 2);
  await turn(b3, 1);
  assertEquals(model.allocatedBytes, full);
});

Deno.test("Model.generate() lets more than maxSessions wait their turn, and gives each what it gives alone", async () => {
  using model = await loadModel(STORIES, { maxSessions: 2 });
  const prompts = [1, 2, 3, 4, 5].map((number) => promptOf(number, 6));
  const alone: (readonly number[])[] = [];
  for (const prompt of prompts) alone.push((await write(model, prompt)).tokens);
  const order: number[] = [];
  const together = await Promise.all(prompts.map(async (prompt, index) => {
    const { tokens } = await write(model, prompt);
    order.push(index);
    return tokens;
  }));
  assertEquals(together, alone);
  assertEquals(new Set(order.slice(0, 2)), new Set([0, 1]));
  assertEquals(order.at(-1), 4);
  const holding = model.generate(promptOf(1), { ignoreEos: true });
  const other = model.generate(promptOf(2), { ignoreEos: true });
  await Promise.all([holding.next(), other.next()]);
  const controller = new AbortController();
  const { signal } = controller;
  const waiting = collect(model.generate(promptOf(3), { seed: 5, signal }));
  controller.abort();
  const { chunks, statistics } = await waiting;
  assertEquals(chunks, []);
  assertEquals(
    [statistics.stop, statistics.tokens.length, statistics.seed],
    ["abort", 0, 5],
  );
  // What has left is given no session: the next that waits has it.
  const next = write(model, prompts[3] ?? [], 20);
  await holding.return(statistics);
  assertEquals((await next).tokens, alone[3]);
  await other.return(statistics);
});

Deno.test("SessionPool.acquire() makes do with the sessions there are where the device has no room for more", async () => {
  let numMade = 0;
  /** The device, with room for two sessions more. */
  const small = new Proxy(gpu, {
    get: (gpu, name) => {
      const value: unknown = Reflect.get(gpu, name, gpu);
      if (typeof value !== "function") return value;
      if (name !== "guard") return value.bind(gpu);
      return (_: string, action: () => unknown) => {
        const made = action();
        return ++numMade > 2
          ? Promise.reject(new GpuError("out-of-memory", "full"))
          : Promise.resolve(made);
      };
    },
  });
  const pool = openPool(8, small);
  const slots = [await pool.acquire([1]), await pool.acquire([1])];
  slots.push(await pool.acquire([1]));
  const { numBuffers } = gpu;
  const waiting = pool.acquire([1]);
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals([numMade, pool.numBusy], [3, 3]);
  assertEquals(gpu.numBuffers, numBuffers);
  const [first] = slots;
  assert(first !== undefined);
  pool.release(first);
  assertEquals(await waiting, first);
  assertEquals(numMade, 3);
  for (const slot of slots) pool.release(slot);
  assertEquals(pool.numBusy, 0);
});

Deno.test("SessionPool.acquire() passes on other failures, and can make a session afterwards", async () => {
  let isFailing = true;
  const failing = new Proxy(gpu, {
    get: (gpu, name) => {
      const value: unknown = Reflect.get(gpu, name, gpu);
      if (typeof value !== "function") return value;
      if (name !== "guard" || !isFailing) return value.bind(gpu);
      return () => Promise.reject(new GpuError("device-lost", "lost"));
    },
  });
  const pool = openPool(2, failing);
  await pool.acquire([1]);
  await assertRejects(() => pool.acquire([1]), GpuError, "lost");
  isFailing = false;
  await pool.acquire([1]);
  assertEquals(pool.numBusy, 2);
});

Deno.test("SessionPool.acquire() gives a session to whoever waits longest and has not left", async () => {
  const pool = openPool(1);
  const slot = await pool.acquire([1]);
  const controllers = [0, 1, 2].map(() => new AbortController());
  const waiting = controllers.map(({ signal }) => pool.acquire([1], signal));
  const [first, second, third] = waiting;
  const reason = new Error("left");
  controllers[0]?.abort(reason);
  pool.release(slot);
  await assertRejects(() => first ?? Promise.resolve(), Error, "left");
  assertEquals(await second, slot);
  // Too late: it has the session.
  controllers[1]?.abort(reason);
  assertEquals(pool.numBusy, 1);
  pool.release(slot);
  assertEquals(await third, slot);
  pool.release(slot);
  assertEquals(pool.numBusy, 0);
});

Deno.test("Model.generate() gives generations side by side their turns evenly", async () => {
  const numTogether = 12;
  using model = await loadModel(STORIES, {
    draft: "none",
    maxSessions: numTogether,
  });
  const turns: number[] = [];
  await Promise.all(
    Array.from({ length: numTogether }, async (_, index) => {
      const options = { ...SAMPLED, maxTokens: 120 };
      for await (const _ of model.generate(promptOf(index, 5), options)) {
        turns.push(index);
      }
    }),
  );
  const all = Array.from({ length: numTogether }, (_, index) => index);
  // While all run: from the last one's first turn to the first one's last turn.
  const first = Math.max(...all.map((index) => turns.indexOf(index)));
  const last = Math.min(...all.map((index) => turns.lastIndexOf(index)));
  const shared = turns.slice(first, last + 1);
  assert(shared.length > 3 * numTogether, `${shared.length}`);
  for (const index of all) {
    const places = shared.flatMap((turn, place) =>
      turn === index ? [place] : []
    );
    const borders = [-1, ...places, shared.length];
    const waits = places.map((place, turn) => place - (borders[turn] ?? 0));
    // Each of the others has had its turn once, but for those that the same moment wakes.
    assert(Math.max(...waits) <= 2 * numTogether, waits.join());
  }
});
