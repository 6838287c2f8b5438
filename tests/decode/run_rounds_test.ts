import { assert, assertEquals } from "@std/assert";
import { DraftRun } from "../draft/_draft_run.ts";
import { GREEDY } from "../../src/ops/mod.ts";
import { type RoundBatch, runRounds } from "../../src/decode/run_rounds.ts";
import type { GearRun } from "../../src/decode/gears.ts";
import type { Gpu } from "../../src/gpu/gpu.ts";
import { FixedPolicy } from "../../src/decode/fixed_policy.ts";
import { ReadBack } from "../../src/decode/read_back.ts";
import { Session } from "../../src/decode/session.ts";

const STORIES = new URL("../../weights/stories260k/", import.meta.url);
const PROMPT = [1, 403, 407, 261, 378];

/** The largest first: the target is given room for as many logits. */
const TREES = [
  { numNodes: 33, depth: 4, topK: 5 },
  { numNodes: 8, depth: 3, topK: 2 },
  { numNodes: 3, depth: 2, topK: 1 },
  { numNodes: 1, depth: 2, topK: 2 },
] as const;

const run = await DraftRun.open({
  target: STORIES,
  drafter: new URL("drafter/", STORIES),
  tree: TREES[0],
});
const { gpu, target } = run;
const plain = new Session(gpu, target);
/** A session that drafts trees of several shapes. */
const changing = new Session(gpu, target, {
  drafter: run.drafter,
  tree: TREES[0],
  others: TREES.slice(1),
});

async function generate(
  session: Session,
  args: {
    readonly maxTokens: number;
    readonly endTokens?: readonly number[];
    /** Where read-backs are made; default: the device. */
    readonly timed?: Gpu;
    /** Default: always the session's. */
    readonly gears?: GearRun;
    /** Default: it alone. */
    readonly numSharing?: () => number;
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
    gears: args.gears ?? new FixedPolicy(session.gear).start(),
    signal: undefined,
    ...(args.numSharing && { numSharing: args.numSharing }),
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

Deno.test("runRounds() submits as many rounds as fill 16 ms, 10 where little is known, less where more than six share the device", async () => {
  const cases = [
    [0.5, false, 1, 32],
    [8, false, 1, 2],
    [100, false, 1, 1],
    [0.5, true, 1, 20],
    [8, true, 1, 1],
    [0.5, false, 6, 32],
    [0.5, false, 10, 20],
    [0.5, true, 10, 20],
    [0.5, true, 20, 10],
    [0.5, false, 60, 8],
    [8, false, 60, 1],
  ] as const;
  for (const [roundMs, isTrial, numSharing, numRounds] of cases) {
    const costs: number[] = [];
    const gears: GearRun = {
      next: () => ({ gear: 0, roundMs, isTrial }),
      observe: () => {},
      observeCost: (_, roundMs) => costs.push(roundMs),
    };
    const [, first] = await generate(plain, {
      maxTokens: 60,
      gears,
      numSharing: () => numSharing,
    });
    assertEquals(first?.tokens.length, numRounds);
    if (!gpu.hasTimestamps) continue;
    assert(costs.length > 0 && costs.every((ms) => ms > 0 && ms < 1000));
  }
});

Deno.test("runRounds() changes gears between submissions, tells what each accepted, and commits the same", async () => {
  const fixed = await generate(changing, { maxTokens: 150 });
  const plan = [1, 3, 3, 2, 1, 4, 2, 3, 0, 0];
  const observed: [gear: number, ranks: readonly (readonly number[])[]][] = [];
  let index = 0;
  changing.gear = 1;
  const changed = await generate(changing, {
    maxTokens: 150,
    gears: {
      next: () => ({
        gear: plan[index++] ?? 0,
        roundMs: 4,
        isTrial: false,
      }),
      observe: (gear, ranks) => observed.push([gear, ranks]),
      observeCost: () => {},
    },
  });
  assertEquals(idsOf(changed), idsOf(fixed));
  const rounds = observed.map(([, ranks]) => ranks).flat();
  // Each round commits its accepted nodes, and a choice of the target's behind them; the prefill one token.
  assertEquals(
    rounds.reduce((sum, { length }) => sum + length + 1, 1),
    150,
  );
  assertEquals(
    new Set(observed.map(([gear]) => gear)),
    new Set([0, 1, 2, 3, 4]),
  );
  for (const [gear, ranks] of observed) {
    const numNodes = [1, ...TREES.map((tree) => tree.numNodes)][gear] ?? 0;
    for (const path of ranks) {
      assert(path.every((rank) => rank > 0 && rank < numNodes));
      // A parent's score is at least its child's.
      assertEquals(path, path.toSorted((a, b) => a - b));
    }
  }
});
