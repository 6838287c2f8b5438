/** Random numbers that a seed determines. Source: mulberry32 of Tommy Ettinger. */
export class Random {
  #state: number;

  /** @param seed Integer that determines the numbers. */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number in `[0, 1)`. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer in `[0, end)`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  /**
   * One of the items.
   *
   * @throws {RangeError} There are none.
   */
  pick<T>(items: readonly T[]): T {
    for (const item of items.slice(this.below(items.length))) return item;
    throw new RangeError("Cannot pick an item as there must be one: found 0");
  }

  /** The items in another order. */
  shuffle<T>(items: readonly T[]): T[] {
    return items.map((item) => ({ item, key: this.next() }))
      .sort((a, b) => a.key - b.key).map(({ item }) => item);
  }
}
