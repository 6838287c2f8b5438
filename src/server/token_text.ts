import type { Tokenizer } from "../text/mod.ts";

/**
 * Writes one token as text.
 *
 * @param tokenizer The model's.
 * @param id The token.
 * @returns What it adds to a text, with U+FFFD for parts of characters; of a special token, its name.
 */
export function tokenText(tokenizer: Tokenizer, id: number): string {
  if (tokenizer.specialTokenIds.has(id)) return tokenizer.tokenText(id) ?? "";
  return new TextDecoder("utf-8", { ignoreBOM: true })
    .decode(tokenizer.tokenBytes(id));
}
