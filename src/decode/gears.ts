/** A way to decode: a shape of trees, or none. */
export interface Gear {
  /** Nodes that a round verifies, root included. */
  readonly numNodes: number;
  /** Levels below the root. */
  readonly numLevels: number;
}

/** What the next submission is to be. */
export interface GearChoice {
  /** 0 to decode plainly, else which shape of trees. */
  readonly gear: number;
  /** What a round takes on the device, in milliseconds; null where it is not known. */
  readonly roundMs: number | null;
  /** Whether little is known yet, so that the submission should be small. */
  readonly isTrial: boolean;
}

/** Chooses how one generation decodes. */
export interface GearRun {
  /** Says what the next submission is to be. */
  next(): GearChoice;
  /**
   * Takes in what rounds accepted.
   *
   * @param gear How their trees were drafted.
   * @param ranks For each round, the ranks of the nodes that it accepted, from the root down.
   */
  observe(gear: number, ranks: readonly (readonly number[])[]): void;
  /**
   * Takes in what rounds took.
   *
   * @param gear Their gear.
   * @param roundMs Mean of a round.
   */
  observeCost(gear: number, roundMs: number): void;
}

/** Chooses how a model's generations decode, and learns from each. */
export interface GearPolicy {
  /** Begins a generation. */
  start(): GearRun;
  /** Keeps what was learnt for the next process. Call it when a generation has ended. */
  keep(): void;
}
