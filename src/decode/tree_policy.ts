import { GearEstimates } from "./gear_estimates.ts";
import type { Gear, GearPolicy, GearRun } from "./gears.ts";
import type { Learnt } from "./learnt.ts";

/**
 * Tokens that are decoded plainly before trees are tried again: where they were nearly as fast, and where they were far from
 * it. Twice as many after each trial that fails.
 */
const FIRST_RETRY = { close: 256, far: 1024 } as const;
const LAST_RETRY = 16384;
/** Speed, in that of plain decoding, below which trees are far from it. */
const FAR = 0.8;
/** Rounds after which what was learnt is kept again. */
const KEEP_EVERY = 16;
/** Share of a new time in what a round is held to take. */
const COST_RATE = 0.1;
/** How much of a change is held to be the machine's, which slows rounds of all gears alike. */
const SHARED = 0.8;
/** Least that a round with a tree takes, in plain ones. */
const LEAST_ROUND = 1.2;
/** How much better another gear must be. */
const HYSTERESIS = 1.03;
/** How much better a tree must be than plain decoding: what the device times is not all that it costs. */
const TREE_MARGIN = 1.05;

/**
 * Chooses the gear in which tokens come fastest: tokens of a round, as learnt from what was accepted, over what a
 * round costs.
 *
 * Source: `docs/design.md`, section 5.
 */
export class TreePolicy implements GearPolicy {
  readonly #estimates: GearEstimates;
  readonly #costs: number[];
  #isPlain: boolean;
  #numPlainTokens: number;
  #retryAfter: number;
  readonly #keep: (learnt: Learnt) => void;
  #numUnkept: number;

  /**
   * @param gears The first decodes plainly, the others draft.
   * @param known What a round of each takes, in milliseconds, and what else was learnt before.
   * @param keep Keeps what is learnt. Default: nothing is.
   */
  constructor(
    gears: readonly Gear[],
    known: Pick<Learnt, "costs"> & Partial<Learnt>,
    keep: (learnt: Learnt) => void = () => {},
  ) {
    this.#estimates = new GearEstimates(gears, known.sums);
    this.#costs = [...known.costs];
    this.#isPlain = known.isPlain ?? false;
    this.#numPlainTokens = known.numPlainTokens ?? 0;
    this.#retryAfter = known.retryAfter ?? FIRST_RETRY.close;
    this.#keep = keep;
    this.#numUnkept = known.sums === undefined ? KEEP_EVERY : 0;
  }

  /** Keeps what was learnt, where that is more than a little. */
  keep(): void {
    if (this.#numUnkept < KEEP_EVERY) return;
    this.#numUnkept = 0;
    this.#keep({
      costs: this.#costs,
      sums: this.#estimates.sums,
      isPlain: this.#isPlain,
      numPlainTokens: this.#numPlainTokens,
      retryAfter: this.#retryAfter,
    });
  }

  /** Begins a generation. */
  start(): GearRun {
    const isRetry = this.#isPlain && this.#numPlainTokens >= this.#retryAfter;
    if (isRetry) {
      this.#estimates.doubt();
      this.#numPlainTokens = 0;
      // Kept even if the text ends soon: or else every process would compile the trees' kernels for a try.
      this.#numUnkept = KEEP_EVERY;
    }
    // The first shape says most of the others: all smaller trees are part of its.
    const first = this.#estimates.isKnown(1) ? this.#best(1) : 1;
    let current = this.#isPlain && !isRetry ? 0 : first;
    return {
      next: () => {
        if (current > 0) current = this.#follow(current);
        const roundMs = this.#costs[current] ?? null;
        const isTrial = current > 0 && !this.#estimates.isKnown(current);
        return { gear: current, roundMs, isTrial };
      },
      observe: (gear, ranks) => {
        this.#numUnkept += ranks.length;
        if (gear === 0) this.#numPlainTokens += ranks.length;
        else this.#estimates.observe(gear, ranks);
      },
      observeCost: (gear, roundMs) => {
        const change = roundMs / (this.#costs[gear] ?? roundMs) - 1;
        for (const [other, cost] of this.#costs.entries()) {
          const share = other === gear ? 1 : SHARED;
          this.#costs[other] = cost * (1 + change * COST_RATE * share);
        }
      },
    };
  }

  /** The gear that follows one that drafts. */
  #follow(current: number): number {
    if (!this.#estimates.isKnown(current)) return current;
    const best = this.#best(0);
    const isBetter = this.#speed(best) > this.#speed(current) * HYSTERESIS;
    const next = isBetter ? best : current;
    if (next > 0) {
      this.#isPlain = false;
      return next;
    }
    const isFar = this.#speed(this.#best(1)) < FAR * this.#speed(0);
    const first = isFar ? FIRST_RETRY.far : FIRST_RETRY.close;
    this.#retryAfter = this.#isPlain
      ? Math.min(Math.max(first, 2 * this.#retryAfter), LAST_RETRY)
      : first;
    this.#isPlain = true;
    this.#numPlainTokens = 0;
    return 0;
  }

  #speed(gear: number): number {
    const [plain = Infinity, ...others] = this.#costs;
    // A round with a tree does all that a plain one does, whatever a busy machine made of the times.
    const cost = gear === 0
      ? Math.min(plain, Math.min(...others) / LEAST_ROUND)
      : this.#costs[gear] ?? Infinity;
    const speed = this.#estimates.tokens(gear) / cost;
    return gear === 0 ? speed * TREE_MARGIN : speed;
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
