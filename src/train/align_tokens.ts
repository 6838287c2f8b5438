import type { Tokenizer } from "../text/mod.ts";

const SPACE = 0x20;

/**
 * Finds where each token begins in the text that it was made from. A space that the tokenizer puts in front
 * of words, and that is not in the text, counts for nothing.
 *
 * @param tokenizer What made the tokens.
 * @param text The text.
 * @param tokenIds Its ids.
 * @returns The first byte of each token in the UTF-8 of the text, or null where the tokens are not the text's,
 *   as where a tokenizer changes characters.
 */
export function alignTokens(
  tokenizer: Pick<Tokenizer, "tokenBytes">,
  text: string,
  tokenIds: readonly number[],
): readonly number[] | null {
  const bytes = new TextEncoder().encode(text);
  const starts: number[] = [];
  let start = 0;
  for (const id of tokenIds) {
    const own = tokenizer.tokenBytes(id);
    const isAdded = !isAt(bytes, start, own) && own[0] === SPACE;
    const kept = isAdded ? own.subarray(1) : own;
    if (!isAt(bytes, start, kept)) return null;
    starts.push(start);
    start += kept.length;
  }
  return start === bytes.length ? starts : null;
}

function isAt(
  bytes: Uint8Array,
  start: number,
  part: Uint8Array,
): boolean {
  return part.every((byte, index) => bytes[start + index] === byte);
}
