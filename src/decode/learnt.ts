/** Rounds of a gear, those of long ago counting for less. */
export interface GearSums {
  /** Rounds. */
  readonly weight: number;
  /** Their tokens. */
  readonly tokens: number;
}

/** What a policy has learnt, in the form in which it is kept. */
export interface Learnt {
  /** Milliseconds that a round of each gear takes. */
  readonly costs: readonly number[];
  /** What each gear's trees had accepted, or would have had. */
  readonly sums: readonly GearSums[];
  /** Whether trees were given up. */
  readonly isPlain: boolean;
  /** Tokens decoded plainly since. */
  readonly numPlainTokens: number;
  /** Such tokens after which trees are tried again. */
  readonly retryAfter: number;
}
