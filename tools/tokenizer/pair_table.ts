import type { Merge } from "./merge.ts";

/** A word as tokens, and how often it is there. */
export interface CountedWord {
  /** Its tokens, replaced as pairs are merged. */
  tokens: readonly number[];
  /** Number of times. */
  readonly count: number;
}

/** Words with the pairs of neighbours in them, kept up to date as pairs are merged. */
export class PairTable {
  readonly #words: readonly CountedWord[];
  readonly #counts = new Map<number, number>();
  // Words that have, or had, a pair.
  readonly #places = new Map<number, Set<CountedWord>>();

  /** @param words The words, which the table then owns. */
  constructor(words: readonly CountedWord[]) {
    this.#words = words;
    for (const word of this.#words) this.#add(word, 1);
  }

  /** The most frequent pair, of several the one of the smallest ids; null where no word has two tokens. */
  mostFrequent(): Merge | null {
    let best = -1;
    let most = 0;
    for (const [pair, count] of this.#counts) {
      if (count > most || (count === most && count > 0 && pair < best)) {
        best = pair;
        most = count;
      }
    }
    return most === 0 ? null : [Math.floor(best / PAIR_BASE), best % PAIR_BASE];
  }

  /** Replaces a pair, wherever it is, by one token. */
  merge(pair: Merge, token: number): void {
    const key = keyOf(...pair);
    for (const word of this.#places.get(key) ?? []) {
      this.#add(word, -1);
      word.tokens = replacePair(word.tokens, pair, token);
      this.#add(word, 1);
    }
    this.#places.delete(key);
    this.#counts.delete(key);
  }

  #add(word: CountedWord, sign: 1 | -1): void {
    word.tokens.forEach((right, index) => {
      const left = word.tokens[index - 1];
      if (left === undefined) return;
      const key = keyOf(left, right);
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + sign * word.count);
      if (sign === -1) return;
      const places = this.#places.get(key);
      if (places === undefined) this.#places.set(key, new Set([word]));
      else places.add(word);
    });
  }
}

const PAIR_BASE = 2 ** 16;

function keyOf(left: number, right: number): number {
  return left * PAIR_BASE + right;
}

function replacePair(
  tokens: readonly number[],
  [left, right]: Merge,
  token: number,
): number[] {
  const replaced: number[] = [];
  let isTaken = false;
  tokens.forEach((current, index) => {
    if (isTaken) {
      isTaken = false;
      return;
    }
    isTaken = current === left && tokens[index + 1] === right;
    replaced.push(isTaken ? token : current);
  });
  return replaced;
}
