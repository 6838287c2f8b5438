/** Random numbers that a seed determines. Source: mulberry32 of Tommy Ettinger. */
export class Random {
  #state: number;

  /** @param seed Integer that determines the numbers. */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** An integer in `[0, end)`. */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor(((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32 * end);
  }

  /** Up to `maxLength` of the items, joined. */
  text(items: readonly string[], maxLength: number): string {
    const length = this.below(maxLength + 1);
    return Array.from({ length }, () => items[this.below(items.length)])
      .join("");
  }
}
