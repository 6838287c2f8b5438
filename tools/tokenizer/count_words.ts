/**
 * How a text is cut before its pieces are merged: GPT-2's way, but with each digit alone, so that
 * times, prices and telephone numbers are spelled in one way.
 */
export const WORD_PATTERN =
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/**
 * Counts the pieces that texts are cut into.
 *
 * @param texts Texts.
 * @returns Number of times that each piece is there.
 */
export function countWords(texts: Iterable<string>): Map<string, number> {
  const pattern = new RegExp(WORD_PATTERN, "gu");
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const [word] of text.matchAll(pattern)) {
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  return counts;
}
