import type { Merge } from "./merge.ts";
import { PairTable } from "./pair_table.ts";

/**
 * Learns which tokens to merge: again and again the pair that is most frequent, of several the one of the
 * smallest ids, so that the same words give the same merges. The tokens 0 to 255 are bytes; each merge
 * makes the next id.
 *
 * Source: Sennrich et al. 2016, algorithm 1, on bytes.
 *
 * @param words Number of times that each word is there.
 * @param numMerges How many to learn.
 * @returns The merges, in order.
 * @throws {RangeError} The words have fewer pairs.
 */
export function trainBpe(
  words: ReadonlyMap<string, number>,
  numMerges: number,
): Merge[] {
  const encoder = new TextEncoder();
  const table = new PairTable(
    Array.from(words, ([word, count]) => ({
      tokens: [...encoder.encode(word)],
      count,
    })),
  );
  return Array.from({ length: numMerges }, (_, index) => {
    const merge = table.mostFrequent();
    if (merge === null) {
      throw new RangeError(
        `Cannot train a tokenizer as its words must have ${numMerges} pairs to merge: found ${index}`,
      );
    }
    table.merge(merge, 256 + index);
    return merge;
  });
}
