import type { Gear } from "./gears.ts";
import type { GearSums } from "./learnt.ts";

/** Rounds that count for as much as what is supposed of a drafter beforehand. */
const PRIOR_ROUNDS = 3;
/** Share of the chain that a drafter is supposed to get right, level by level. */
const PRIOR_CHANCE = 0.65;
/** What a round counts for a smaller gear than its own, whose trees would have been part of its. */
const INDIRECT = 0.25;
/** By how much a round counts less with each that follows: some hundred count. */
const DECAY = 0.99;

/** Rounds from which a gear is known; and where they have accepted nothing at all. */
const KNOWN_ROUNDS = { usually: 6, ifUseless: 3 } as const;
/** Accepted tokens of a round that are nothing. */
const NOTHING = 0.1;

/** Learns how many tokens a round of each gear commits. */
export class GearEstimates {
  readonly #gears: readonly Gear[];
  /** What was accepted in the gear itself, and would have been of larger ones' trees. */
  readonly #sums: { weight: number; tokens: number }[];

  /**
   * @param gears The first decodes plainly.
   * @param sums What was learnt before, of each. Default: nothing.
   */
  constructor(gears: readonly Gear[], sums?: readonly GearSums[]) {
    this.#gears = gears;
    this.#sums = gears.map((_, gear) => ({
      weight: sums?.[gear]?.weight ?? 0,
      tokens: sums?.[gear]?.tokens ?? 0,
    }));
  }

  /** What was learnt of each gear. */
  get sums(): readonly GearSums[] {
    return this.#sums;
  }

  /**
   * Takes in rounds.
   *
   * A tree of fewer nodes holds those of best rank, and all above them: what it would have had accepted is the
   * accepted path up to the first node of too large a rank, or on too deep a level.
   *
   * @param gear Their gear.
   * @param ranks For each, the ranks of the nodes that it accepted, from the root down.
   */
  observe(gear: number, ranks: readonly (readonly number[])[]): void {
    const own = this.#gears[gear];
    if (own === undefined) return;
    for (const path of ranks) {
      for (const [index, { numNodes, numLevels }] of this.#gears.entries()) {
        const sums = this.#sums[index];
        const isPart = numNodes <= own.numNodes && numLevels <= own.numLevels;
        if (sums === undefined || !isPart) continue;
        const end = path.findIndex((rank, level) =>
          rank >= numNodes || level >= numLevels
        );
        const weight = index === gear ? 1 : INDIRECT;
        const numAccepted = end < 0 ? path.length : end;
        sums.weight = sums.weight * DECAY ** weight + weight;
        sums.tokens = sums.tokens * DECAY ** weight +
          weight * (1 + numAccepted);
      }
    }
  }

  /** Counts less of what was learnt, so that what comes next counts more. */
  doubt(): void {
    for (const sums of this.#sums) {
      sums.weight /= 4;
      sums.tokens /= 4;
    }
  }

  /** Whether enough rounds of a gear were seen to judge it by. */
  isKnown(gear: number): boolean {
    const { weight, tokens } = this.#sums[gear] ?? { weight: 0, tokens: 0 };
    return weight >= KNOWN_ROUNDS.usually ||
      weight >= KNOWN_ROUNDS.ifUseless && tokens - weight < NOTHING * weight;
  }

  /**
   * Tokens of a round: what was seen, and in its place what is supposed, in proportion to how the best known gear
   * does beside what was supposed of it.
   *
   * @param gear The gear.
   * @returns At least 1.
   */
  tokens(gear: number): number {
    if (gear === 0) return 1;
    const best = this.#bestKnown();
    const share = best === 0 ? 1 : this.#seen(best, 1) / this.#supposed(best);
    return 1 + this.#seen(gear, share);
  }

  #bestKnown(): number {
    let best = 0;
    for (let gear = 1; gear < this.#gears.length; gear++) {
      if (this.#weight(gear) > this.#weight(best)) best = gear;
    }
    return best;
  }

  #weight(gear: number): number {
    return this.#sums[gear]?.weight ?? 0;
  }

  /** Accepted tokens of a round. */
  #seen(gear: number, share: number): number {
    const { weight, tokens } = this.#sums[gear] ?? { weight: 0, tokens: 0 };
    const supposed = this.#supposed(gear) * share;
    return (tokens - weight + PRIOR_ROUNDS * supposed) /
      (weight + PRIOR_ROUNDS);
  }

  #supposed(gear: number): number {
    const { numNodes, numLevels } = this.#gears[gear] ??
      { numNodes: 1, numLevels: 0 };
    let [chance, sum] = [numNodes / (numNodes + 2), 0];
    for (let level = 0; level < numLevels; level++) {
      sum += chance;
      chance *= PRIOR_CHANCE;
    }
    return sum;
  }
}
