/** What `StopStrings` lets pass. */
export interface StopResult {
  /** Text that belongs to no stop string. */
  readonly text: string;
  /** A stop string was found; all text before it has been let pass. */
  readonly stopped: boolean;
}

/**
 * Ends a text at the first of several strings, wherever its pieces' borders lie.
 *
 * Text is held back while it may be the beginning of a stop string. Of stop strings that overlap,
 * the one that starts first decides, so the result depends on the whole text alone: behind `ab`,
 * `b` has to wait for what becomes of `abc`. Neither a stop string nor what follows it is shown.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const stop = new StopStrings(["\nUser:"]);
 * assertEquals(stop.push("Hi!\nUs"), { text: "Hi!", stopped: false });
 * assertEquals(stop.push("er: and"), { text: "", stopped: true });
 * ```
 */
export class StopStrings {
  readonly #stops: readonly string[];
  #held = "";
  #isStopped = false;

  /**
   * Begins a text.
   *
   * @param stops Strings that end it; may be empty.
   * @throws {TypeError} One is not a string.
   * @throws {RangeError} One is empty.
   */
  constructor(stops: readonly string[]) {
    for (const [index, stop] of stops.entries()) {
      if (typeof stop !== "string") {
        throw new TypeError(
          `Cannot stop at stop[${index}] as it must be a string: got ${typeof stop}`,
        );
      }
      if (stop === "") {
        throw new RangeError(
          `Cannot stop at stop[${index}] as it must not be empty: got ""`,
        );
      }
    }
    this.#stops = [...stops];
  }

  /** A stop string was found. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /**
   * Takes the next piece of the text.
   *
   * @param text The piece.
   * @returns What can be shown, and whether the text ends there.
   */
  push(text: string): StopResult {
    if (this.#isStopped) return { text: "", stopped: true };
    this.#held += text;
    for (let start = 0; start < this.#held.length; start++) {
      if (this.#findStop(start)) return this.#stopAt(start);
      if (this.#mayStop(start)) return this.#pass(start);
    }
    return this.#pass(this.#held.length);
  }

  /**
   * Ends the text: what was held back turns out to be a stop string or not.
   *
   * @returns The rest of it.
   */
  flush(): StopResult {
    for (let start = 0; start < this.#held.length; start++) {
      if (this.#findStop(start)) return this.#stopAt(start);
    }
    const { text } = this.#pass(this.#held.length);
    return { text, stopped: this.#isStopped };
  }

  #findStop(start: number): boolean {
    return this.#stops.some((stop) => this.#held.startsWith(stop, start));
  }

  #mayStop(start: number): boolean {
    const rest = this.#held.slice(start);
    return this.#stops.some((stop) => stop.startsWith(rest));
  }

  #pass(end: number): StopResult {
    const text = this.#held.slice(0, end);
    this.#held = this.#held.slice(end);
    return { text, stopped: false };
  }

  #stopAt(start: number): StopResult {
    const { text } = this.#pass(start);
    this.#held = "";
    this.#isStopped = true;
    return { text, stopped: true };
  }
}
