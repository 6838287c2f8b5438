import { GearEstimates } from "./gear_estimates.ts";
import type { Gear, GearPolicy, GearRun } from "./gears.ts";

/** Rounds after which a trial ends. */
const TRIAL_ROUNDS = 6;
/** Tokens that are decoded plainly before trees are tried again; twice as many after each trial that fails. */
const FIRST_RETRY = 256;
const LAST_RETRY = 16384;
/** Share of a new time in what a round is held to take. */
const COST_RATE = 0.1;
/** Least that a round with a tree takes, in plain ones. */
const LEAST_ROUND = 1.2;
/** How much better another gear must be. */
const HYSTERESIS = 1.03;

/**
 * Chooses the gear in which tokens come fastest: tokens of a round, as learnt from what was accepted, over what a
 * round costs.
 *
 * Source: `docs/design.md`, section 5.
 */
export class TreePolicy implements GearPolicy {
  readonly #estimates: GearEstimates;
  readonly #costs: number[];
  #isPlain = false;
  #numPlainTokens = 0;
  #retryAfter = FIRST_RETRY;

  /**
   * @param gears The first decodes plainly, the others draft.
   * @param costs What a round of each takes, in milliseconds.
   */
  constructor(gears: readonly Gear[], costs: readonly number[]) {
    this.#estimates = new GearEstimates(gears);
    this.#costs = [...costs];
  }

  /** Begins a generation. */
  start(): GearRun {
    const isRetry = this.#isPlain && this.#numPlainTokens >= this.#retryAfter;
    if (isRetry) {
      this.#estimates.doubt();
      this.#numPlainTokens = 0;
    }
    // The first shape says most of the others: all smaller trees are part of its.
    const first = this.#isKnown(1) ? this.#best(1) : 1;
    let current = this.#isPlain && !isRetry ? 0 : first;
    return {
      next: () => {
        if (current > 0) current = this.#follow(current);
        const roundMs = this.#costs[current] ?? null;
        const isTrial = current > 0 && !this.#isKnown(current);
        return { gear: current, roundMs, isTrial };
      },
      observe: (gear, ranks) => {
        if (gear === 0) this.#numPlainTokens += ranks.length;
        else this.#estimates.observe(gear, ranks);
      },
      observeCost: (gear, roundMs) => {
        const known = this.#costs[gear] ?? roundMs;
        this.#costs[gear] = known + (roundMs - known) * COST_RATE;
      },
    };
  }

  /** The gear that follows one that drafts. */
  #follow(current: number): number {
    if (!this.#isKnown(current)) return current;
    const best = this.#best(0);
    const isBetter = this.#speed(best) > this.#speed(current) * HYSTERESIS;
    const next = isBetter ? best : current;
    if (next > 0) {
      this.#isPlain = false;
      this.#retryAfter = FIRST_RETRY;
      return next;
    }
    if (this.#isPlain) {
      this.#retryAfter = Math.min(2 * this.#retryAfter, LAST_RETRY);
    }
    this.#isPlain = true;
    this.#numPlainTokens = 0;
    return 0;
  }

  #isKnown(gear: number): boolean {
    return this.#estimates.numRounds(gear) >= TRIAL_ROUNDS;
  }

  #speed(gear: number): number {
    const [plain = Infinity, ...others] = this.#costs;
    // A round with a tree does all that a plain one does, whatever a busy machine made of the times.
    const cost = gear === 0
      ? Math.min(plain, Math.min(...others) / LEAST_ROUND)
      : this.#costs[gear] ?? Infinity;
    return this.#estimates.tokens(gear) / cost;
  }

  /** The fastest gear from one on. */
  #best(first: number): number {
    let best = first;
    for (let gear = first + 1; gear < this.#costs.length; gear++) {
      if (this.#speed(gear) > this.#speed(best)) best = gear;
    }
    return best;
  }
}
