import { type Committed, MAX_READ_TOKENS, type ReadBack } from "./read_back.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { GearRun } from "./gears.ts";
import { prefill } from "./prefill.ts";
import type { Session } from "./session.ts";

/** What one read-back brought, and when. */
export interface RoundBatch extends Committed {
  /** When the device had finished, in milliseconds of `performance.now()`. */
  readonly finishedMs: number;
  /** Tokens that were proposed to its first round, and to each of the others. */
  readonly proposed: ProposedTokens;
}

/** How many tokens were proposed to the rounds of a batch. */
export interface ProposedTokens {
  /** To the first one. */
  readonly first: number;
  /** To each of the others. */
  readonly others: number;
}

/** How far the host runs ahead of the device's results. */
export interface RunOptions {
  /** Device work that one submission aims at, in milliseconds. */
  readonly batchMs?: number;
  /** Most rounds in one submission. */
  readonly maxRounds?: number;
  /** Says how many generations take turns on the device, this one included. Default: it alone. */
  readonly numSharing?: () => number;
}

/** What rounds are run with. */
export interface RunRoundsArgs extends RunOptions {
  /** Ids still to be taken into the cache. */
  readonly ids: readonly number[];
  /** Position of the first. */
  readonly firstPosition: number;
  /** Most rows in a pass, `T`. */
  readonly maxRows: number;
  /** Most tokens to generate. */
  readonly maxTokens: number;
  /** Two staging buffers. */
  readonly readBacks: readonly [ReadBack, ReadBack];
  /** Chooses the shape of trees. */
  readonly gears: GearRun;
  /** Ends the prefill. */
  readonly signal: AbortSignal | undefined;
}

/**
 * Work that one submission aims at. A read-back sleeps 10 ms in Deno after the device has finished; the
 * next submission must keep the device busy for longer than that.
 */
const BATCH_MS = 16;
/**
 * Time in which each of the generations that take turns on the device has one. While the promise of one sleeps, the
 * others' work keeps the device busy, so that a turn may be shorter than a submission of one alone.
 */
const CYCLE_MS = 100;
/** Least that a turn aims at: what each costs the host must not outweigh it. */
const LEAST_TURN_MS = 4;
/** Less, where a wrong shape of trees may be at work, and no less than the sleep. */
const TRIAL_MS = 10;
const MAX_ROUNDS = 128;
/** Submissions for one whose first round is timed by part: on llvmpipe a border costs 60 µs. */
const SPLIT_EVERY = 4;

/**
 * Prefills a prompt and runs rounds until the device ends the generation, submitting each batch of rounds
 * before the results of the last are awaited.
 *
 * Leaving the generator early is safe: what was submitted finishes on the device, and is not read.
 *
 * @param gpu Device.
 * @param session Started session.
 * @param args Ids still to be taken into the cache, the position of the first, two staging buffers, and what chooses
 *   the shape of trees.
 * @returns What was committed, batch by batch; the first batch is the prefill's token.
 */
export async function* runRounds(
  gpu: Gpu,
  session: Session,
  args: RunRoundsArgs,
): AsyncGenerator<RoundBatch, void> {
  const { ids, readBacks, gears } = args;
  const promptLength = args.firstPosition + ids.length;
  const prefilledMs = await prefill(gpu, session, {
    ...args,
    finish: (encoder) => readBacks[0].encode(encoder, session, promptLength),
  });
  if (prefilledMs === null) return;
  let numKnown = 0;
  let numAhead = 1;
  let startedMs = prefilledMs;
  let ahead: Gears = { first: session.waitingGear, others: session.gear };
  for (let index = 0;; index++) {
    const current = readBacks[index % 2] ?? readBacks[0];
    const next = readBacks[(index + 1) % 2] ?? readBacks[0];
    const calledMs = performance.now();
    const pending = current.map();
    const finishedMs = performance.now();
    const choice = gears.next();
    const batch = nextBatch(numAhead, {
      waitedMs: finishedMs - calledMs,
      workedMs: finishedMs - startedMs,
      ...choice,
    }, args);
    const numRounds = Math.min(
      batch,
      args.maxTokens - numKnown - numAhead,
      Math.floor(MAX_READ_TOKENS / session.maxCommitted) - numAhead,
    );
    const submitted = ahead;
    if (numRounds > 0) {
      startedMs = finishedMs;
      if (choice.gear === 0 && session.gear > 0) {
        session.numDrafterCached = promptLength + numKnown;
      }
      session.gear = choice.gear;
      ahead = { first: session.waitingGear, others: choice.gear };
      const firstPosition = promptLength + numKnown + numAhead;
      const isSplit = index % SPLIT_EVERY === 0;
      // Those ahead, these, and the tree that is drafted behind them.
      const mostRounds = numAhead + numRounds + 1;
      session.reach(
        promptLength + numKnown + mostRounds * session.maxCommitted,
      );
      next.submitRounds(session, { numRounds, firstPosition, isSplit });
    }
    const committed = await pending;
    // A round commits at least one token; what it committed beyond is only known now.
    const numSeen = promptLength + numKnown - committed.firstPosition;
    const tokens = committed.tokens.slice(numSeen);
    numKnown += tokens.length;
    learn(gears, submitted, { ...committed, tokens, numRounds: numAhead });
    // What ran behind the end is never read: a batch that is began with a round that committed something.
    yield {
      ...committed,
      tokens,
      finishedMs,
      proposed: {
        first: session.numProposed(submitted.first),
        others: session.numProposed(submitted.others),
      },
    };
    if (committed.stop !== "running") return;
    numAhead = numRounds;
  }
}

/** In which gears the trees were drafted that a submission's rounds verify. */
interface Gears {
  readonly first: number;
  readonly others: number;
}

/** Tells what chooses gears what a submission's rounds accepted and took. */
function learn(
  run: GearRun,
  gears: Gears,
  { tokens, times, stop, numRounds }: Committed,
): void {
  const ranks = new Map<number, number[]>();
  for (const { round, rank } of tokens) {
    const own = ranks.get(round) ?? [];
    ranks.set(round, rank > 0 ? [...own, rank] : own);
  }
  // The prefill, round 0, verified nothing.
  ranks.delete(0);
  const [first, ...others] = ranks.values();
  if (first !== undefined) run.observe(gears.first, [first]);
  run.observe(gears.others, others);
  // What ran behind the end did nothing.
  if (times === null || stop !== "running") return;
  if (gears.first !== gears.others) return;
  run.observeCost(gears.others, (times.endedMs - times.beganMs) / numRounds);
}

/**
 * Says how many rounds the next submission takes: as many as fill its time, going by the device's clock where it has
 * shown what a round takes, else by the host's; or more than the last where the device had finished before the host
 * asked. A prompt's pass counts as a round.
 */
function nextBatch(
  numRounds: number,
  times: {
    readonly waitedMs: number;
    readonly workedMs: number;
    readonly roundMs: number | null;
    readonly isTrial: boolean;
  },
  options: RunOptions,
): number {
  const { maxRounds = MAX_ROUNDS, numSharing = () => 1 } = options;
  const { batchMs = times.isTrial ? TRIAL_MS : BATCH_MS } = options;
  const shareMs = Math.max(LEAST_TURN_MS, CYCLE_MS / numSharing());
  const turnMs = Math.min(batchMs, shareMs);
  const wasEarly = times.roundMs === null && times.waitedMs < 0.2;
  const roundMs = times.roundMs ?? times.workedMs / numRounds;
  const fitting = wasEarly ? numRounds * 4 : Math.round(turnMs / roundMs);
  return Math.max(1, Math.min(maxRounds, fitting));
}
