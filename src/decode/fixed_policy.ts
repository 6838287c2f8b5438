import type { GearPolicy, GearRun } from "./gears.ts";

/** Decodes in one gear, and learns what its rounds take. */
export class FixedPolicy implements GearPolicy {
  readonly #gear: number;
  #roundMs: number | null = null;

  /** @param gear The gear. */
  constructor(gear: number) {
    this.#gear = gear;
  }

  /** Begins a generation. */
  start(): GearRun {
    return {
      next: () => ({
        gear: this.#gear,
        roundMs: this.#roundMs,
        isTrial: false,
      }),
      observe: () => {},
      observeCost: (_, roundMs) => {
        this.#roundMs = roundMs;
      },
    };
  }

  /** Does nothing: what rounds take is soon seen again. */
  keep(): void {}
}
