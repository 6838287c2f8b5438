import type { Gpu } from "../gpu/gpu.ts";
import { ReadBack } from "./read_back.ts";
import { GREEDY } from "../ops/mod.ts";
import type { Session } from "./session.ts";
import { submitPass } from "../gpu/submit_pass.ts";

/** Rounds that are timed together: as many as take a few milliseconds. */
const NUM_ROUNDS = { least: 2, most: 12, ms: 6 } as const;
/** Times that each gear has its turn: the shortest counts, whatever else the machine is doing meanwhile. */
const NUM_TURNS = 3;
/** What the rounds go on behind. */
const PROMPT = [0, 0, 0, 0];

/**
 * Times rounds in each gear, behind a text that means nothing: what a round takes follows from its sizes.
 *
 * @param gpu Device.
 * @param session An idle session, whose cache is lost.
 * @param args Number of gears, plain decoding included, and positions of a sequence.
 * @returns Milliseconds of a round in each; null where a sequence has not enough positions to tell.
 * @throws {GpuError} If the device fails.
 */
export async function measureGears(
  gpu: Gpu,
  session: Session,
  args: {
    readonly numGears: number;
    readonly contextLength: number;
  },
): Promise<readonly number[] | null> {
  const { numGears, contextLength } = args;
  const numFitting = Math.floor(
    (contextLength - 2 - PROMPT.length) / session.maxCommitted,
  );
  if (numFitting < NUM_ROUNDS.least) return null;
  using readBack = new ReadBack(gpu);
  session.cachedTokens = [];
  const costs: number[] = Array(numGears).fill(Infinity);
  for (let turn = 0; turn < NUM_TURNS * numGears; turn++) {
    const gear = turn % numGears;
    session.gear = gear;
    session.start({
      prompt: PROMPT,
      sampling: GREEDY,
      logitBias: new Map(),
      maxTokens: contextLength,
      endTokens: [],
      ignoreEos: true,
      logProbs: false,
    });
    submitPass(gpu, session.prefill(PROMPT, 0, null));
    const knownMs = costs[gear] ?? Infinity;
    const numRounds = Math.max(
      NUM_ROUNDS.least,
      Math.min(
        NUM_ROUNDS.most,
        numFitting,
        Math.round(NUM_ROUNDS.ms / knownMs),
      ),
    );
    const roundMs = await timeRounds(session, { readBack, numRounds });
    costs[gear] = Math.min(knownMs, roundMs);
  }
  return costs;
}

async function timeRounds(
  session: Session,
  { readBack, numRounds }: {
    readonly readBack: ReadBack;
    readonly numRounds: number;
  },
): Promise<number> {
  const startMs = performance.now();
  readBack.submitRounds(session, {
    numRounds,
    firstPosition: PROMPT.length,
    isSplit: false,
  });
  // The device is awaited before the call returns.
  const pending = readBack.map();
  const waitedMs = performance.now() - startMs;
  const { times } = await pending;
  const totalMs = times === null ? waitedMs : times.endedMs - times.beganMs;
  return totalMs / numRounds;
}
