/** Steps over which the pace is taken. */
const WINDOW = 20;

/** How fast a training goes. */
export class Pace {
  readonly #steps: { readonly ms: number; readonly numTokens: number }[] = [
    { ms: performance.now(), numTokens: 0 },
  ];

  /** @param numTokens Tokens of a step that was just made. */
  add(numTokens: number): void {
    this.#steps.push({ ms: performance.now(), numTokens });
    if (this.#steps.length > WINDOW + 1) this.#steps.shift();
  }

  /**
   * Says how fast it goes, and how long it will.
   *
   * @param stepsLeft Steps still to be made.
   * @returns Tokens a second, and seconds left; 0 and null where no step was made.
   */
  estimate(
    stepsLeft: number,
  ): { readonly tokensPerSecond: number; readonly secondsLeft: number | null } {
    const [first, ...others] = this.#steps;
    const last = others.at(-1);
    if (first === undefined || last === undefined || last.ms <= first.ms) {
      return { tokensPerSecond: 0, secondsLeft: null };
    }
    const seconds = (last.ms - first.ms) / 1000;
    const numTokens = others.reduce((sum, step) => sum + step.numTokens, 0);
    return {
      tokensPerSecond: numTokens / seconds,
      secondsLeft: stepsLeft * seconds / others.length,
    };
  }
}
