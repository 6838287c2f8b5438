import { assert, assertEquals } from "@std/assert";
import { DraftRun, GREEDY } from "../draft/_draft_run.ts";
import { type RoundBatch, runRounds } from "../../src/decode/run_rounds.ts";
import type { Gpu } from "../../src/gpu/gpu.ts";
import { ReadBack } from "../../src/decode/read_back.ts";
import { Session } from "../../src/decode/session.ts";

const STORIES = new URL("../../weights/stories260k/", import.meta.url);
const PROMPT = [1, 403, 407, 261, 378];

const run = await DraftRun.open({
  target: STORIES,
  drafter: new URL("drafter/", STORIES),
  tree: { numNodes: 8, depth: 3, topK: 2 },
});
const { gpu, target } = run;
const plain = new Session(gpu, target);

async function generate(
  session: Session,
  args: {
    readonly maxTokens: number;
    readonly endTokens?: readonly number[];
    /** Where read-backs are made; default: the device. */
    readonly timed?: Gpu;
  },
): Promise<readonly RoundBatch[]> {
  const { maxTokens, endTokens = [], timed = gpu } = args;
  using first = new ReadBack(timed);
  using second = new ReadBack(timed);
  session.start({
    prompt: PROMPT,
    sampling: GREEDY,
    logitBias: new Map(),
    maxTokens,
    endTokens,
    ignoreEos: false,
    logProbs: false,
  });
  return await Array.fromAsync(runRounds(gpu, session, {
    ids: PROMPT,
    firstPosition: 0,
    maxRows: 64,
    maxTokens,
    readBacks: [first, second],
    signal: undefined,
  }));
}

function idsOf(batches: readonly RoundBatch[]): readonly number[] {
  return batches.flatMap(({ tokens }) => tokens.map(({ id }) => id));
}

/** The same device, without a clock. */
function withoutClock(): Gpu {
  return new Proxy(gpu, {
    get: (gpu, name) => {
      if (name === "hasTimestamps") return false;
      const value: unknown = Reflect.get(gpu, name, gpu);
      return typeof value === "function" ? value.bind(gpu) : value;
    },
  });
}

Deno.test("runRounds() times the parts of rounds that committed something, and no others", async () => {
  const long = idsOf(await generate(plain, { maxTokens: 60 }));
  const cases = [
    { maxTokens: 60 },
    { maxTokens: 2 },
    { maxTokens: 60, endTokens: long.slice(20, 21) },
  ];
  for (const session of [plain, run.session]) {
    for (const args of cases) {
      const [prefill, ...batches] = await generate(session, args);
      assertEquals(prefill?.times, null);
      assert(batches.length > 0);
      let endedMs = -Infinity;
      for (const [index, { times, tokens }] of batches.entries()) {
        // However many rounds were submitted behind the end, none of those read began there.
        assert(tokens.length > 0);
        assertEquals(times !== null, gpu.hasTimestamps);
        if (times === null) continue;
        assert(times.beganMs >= endedMs, "submissions overlap");
        ({ endedMs } = times);
        assert(endedMs > times.beganMs);
        assertEquals(times.firstRound !== null, index % 4 === 0);
        if (times.firstRound === null) continue;
        const { verify, accept, draft } = times.firstRound;
        assert(verify > 0 && accept > 0);
        assertEquals(draft > 0, session === run.session);
        const sum = verify + accept + draft;
        // Timestamps of nanoseconds become milliseconds in doubles of 53 bits.
        assert(sum <= endedMs - times.beganMs + 1e-3);
      }
    }
  }
});

Deno.test("runRounds() commits the same with a clock and without", async () => {
  for (const session of [plain, run.session]) {
    const timed = await generate(session, { maxTokens: 120 });
    const untimed = await generate(session, {
      maxTokens: 120,
      timed: withoutClock(),
    });
    const { numBuffers } = gpu;
    assertEquals(idsOf(untimed), idsOf(timed));
    assertEquals(idsOf(timed).length, 120);
    assert(untimed.every(({ times }) => times === null));
    await generate(session, { maxTokens: 30 });
    assertEquals(gpu.numBuffers, numBuffers);
  }
});

Deno.test("runRounds() submits as many rounds as fill 16 ms, going by what a round last took", async () => {
  for (const [roundMs, numRounds] of [[0.5, 32], [8, 2], [100, 1]] as const) {
    plain.roundMs = roundMs;
    const [, first] = await generate(plain, { maxTokens: 60 });
    assertEquals(first?.tokens.length, numRounds);
    if (gpu.hasTimestamps) assert(plain.roundMs !== roundMs);
  }
});
