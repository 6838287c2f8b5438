import { median } from "../decode/median.ts";
import { ROUND_PARTS, type RoundMs } from "../decode/round_clock.ts";
import type { Run, TurnRuns } from "./measure_ways.ts";
import { type Spread, spreadOf } from "./spread.ts";

/** What was measured of one way. */
export interface WayFigures {
  /** Of generations of at least two tokens; null where there is none. */
  readonly tokensPerSecond: Spread | null;
  /** Its speed by that of the first way, turn by turn. */
  readonly ratio: Spread | null;
  /** Tokens that a round commits, over all generations; null where there was no round. */
  readonly tokensPerRound: number | null;
  /** Milliseconds from the call to the first token. */
  readonly firstTokenMs: Spread | null;
  /** Rounds a second, over all generations. */
  readonly roundsPerSecond: number | null;
  /** Share of the rounds in which at least 1, 2, … drafted tokens were accepted. */
  readonly acceptedPerDepth: readonly number[];
  /** Median of what rounds took, generation by generation, on the device; null where it has no clock. */
  readonly roundMs: RoundMs | null;
  /** Median share of the time in which the device waited. */
  readonly idleShare: number | null;
}

/**
 * Sums up what one way did.
 *
 * @param turns What all ways did.
 * @param way Which way.
 * @returns Its figures.
 */
export function summarizeWay(
  turns: readonly TurnRuns[],
  way: number,
): WayFigures {
  const runs = turns.flatMap(({ runs }) => runs[way] ?? []);
  const numRounds = sum(runs.map(({ rounds }) => rounds));
  const numDecoded = sum(runs.map(countDecoded));
  const decodeMs = sum(runs.map(({ decodeMs }) => decodeMs));
  return {
    tokensPerSecond: spreadOf(runs.map(speedOf).filter((speed) => speed > 0)),
    ratio: spreadOf(
      turns.map(({ runs }) => speedOf(runs[way]) / speedOf(runs[0]))
        .filter((ratio) => ratio > 0 && Number.isFinite(ratio)),
    ),
    tokensPerRound: numRounds > 0 ? numDecoded / numRounds : null,
    firstTokenMs: spreadOf(runs.map(({ prefillMs }) => prefillMs)),
    roundsPerSecond: decodeMs > 0 ? numRounds / decodeMs * 1000 : null,
    acceptedPerDepth: shareAccepted(runs, numRounds),
    ...timeRounds(runs),
  };
}

/** Tokens behind the first, which no round commits. */
function countDecoded({ generatedTokens }: Run): number {
  return Math.max(0, generatedTokens - 1);
}

function speedOf(run: Run | undefined): number {
  return run?.tokensPerSecond ?? 0;
}

function shareAccepted(
  runs: readonly Run[],
  numRounds: number,
): readonly number[] {
  const depth = Math.max(
    0,
    ...runs.map(({ acceptedPerDepth }) => acceptedPerDepth.length),
  );
  return Array.from(
    { length: depth },
    (_, level) =>
      sum(runs.map(({ acceptedPerDepth }) => acceptedPerDepth[level] ?? 0)) /
      numRounds,
  );
}

function timeRounds(
  runs: readonly Run[],
): Pick<WayFigures, "roundMs" | "idleShare"> {
  const timed = runs.flatMap(({ roundMs }) => roundMs ?? []);
  const idle = runs.flatMap(({ idleShare }) => idleShare ?? []);
  const [verify = NaN, accept = NaN, draft = NaN] = ROUND_PARTS.map((part) =>
    median(timed.map((roundMs) => roundMs[part]))
  );
  return {
    roundMs: timed.length === 0 ? null : { verify, accept, draft },
    idleShare: idle.length === 0 ? null : median(idle),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
