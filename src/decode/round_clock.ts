/** Milliseconds of the parts of a round. */
export interface RoundMs {
  /** The target's pass over the tree. */
  readonly verify: number;
  /** The choices, and the commitment of what is accepted. */
  readonly accept: number;
  /** The next tree; 0 without a drafter. */
  readonly draft: number;
}

/** Parts of a round, in their order. */
export const ROUND_PARTS = [
  "verify",
  "accept",
  "draft",
] as const satisfies readonly (keyof RoundMs)[];

/** When the device worked on a submission of rounds, by its own clock. */
export interface SubmissionTimes {
  /** When the first round began. */
  readonly beganMs: number;
  /** When the last round ended. */
  readonly endedMs: number;
  /** What the first round took, which the text had not ended before; null where its parts were not timed. */
  readonly firstRound: RoundMs | null;
}

/** Adds up the times of a generation's submissions. */
export class RoundClock {
  readonly #sums: Record<keyof RoundMs, number> = {
    verify: 0,
    accept: 0,
    draft: 0,
  };
  #numRounds = 0;
  #beganMs: number | null = null;
  #endedMs = 0;
  #busyMs = 0;

  /**
   * Takes in a submission.
   *
   * @param times Its times; null, where it was not timed, changes nothing.
   */
  add(times: SubmissionTimes | null): void {
    if (times === null) return;
    const { beganMs, endedMs, firstRound } = times;
    this.#beganMs ??= beganMs;
    this.#endedMs = endedMs;
    this.#busyMs += endedMs - beganMs;
    if (firstRound === null) return;
    this.#numRounds++;
    for (const part of ROUND_PARTS) this.#sums[part] += firstRound[part];
  }

  /** Means of the first rounds whose parts were timed; null where there is none. */
  get roundMs(): RoundMs | null {
    const count = this.#numRounds;
    if (count === 0) return null;
    const { verify, accept, draft } = this.#sums;
    return {
      verify: verify / count,
      accept: accept / count,
      draft: draft / count,
    };
  }

  /** Share, of the time from the first round's begin to the last one's end, between submissions; null of no time. */
  get idleShare(): number | null {
    const spanMs = this.#endedMs - (this.#beganMs ?? this.#endedMs);
    return spanMs > 0 ? (spanMs - this.#busyMs) / spanMs : null;
  }
}
