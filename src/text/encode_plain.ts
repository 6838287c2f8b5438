import { markPlain, unusedCharacter } from "./special_mark.ts";
import type { Tokenizer } from "./tokenizer.ts";

/**
 * Turns a text into ids that goes on with another, as part of what somebody has said: special tokens in it are text.
 *
 * @param text The text.
 * @param tokenizer The model's tokenizer.
 * @returns The ids.
 */
export function encodePlain(text: string, tokenizer: Tokenizer): number[] {
  const plainMark = unusedCharacter(text);
  const contents = tokenizer.specialTokens;
  return tokenizer.encodeMarked(
    markPlain(text.toWellFormed(), { contents, plainMark }),
    plainMark,
  );
}
