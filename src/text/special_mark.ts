import { WholeTokens } from "./whole_tokens.ts";

/** Stands before each special token in a marked text: half of a surrogate pair, which whole characters never hold. */
export const SPECIAL_MARK = "\uD800";

/**
 * Marks the special tokens of a text, but for what was written by hand.
 *
 * @param text Whole characters.
 * @param args Contents of special tokens; a character that says of the one behind it that no special token begins there.
 * @returns The text, with {@linkcode SPECIAL_MARK} before each special token and without the other mark.
 */
export function markSpecialTokens(
  text: string,
  args: { readonly contents: readonly string[]; readonly plainMark: string },
): string {
  const tokens = new WholeTokens(
    args.contents.map((content, id) => ({ content, id, hasRightSpace: false })),
  );
  const mark = (part: string): string =>
    tokens.split(part).map((found) =>
      found.token === null ? found.text : SPECIAL_MARK + found.token.content
    ).join("");
  const [first = "", ...others] = text.split(args.plainMark);
  return mark(first) + others.map((part) => {
    const [plain = ""] = part;
    return plain + mark(part.slice(plain.length));
  }).join("");
}

/**
 * Puts a mark before each place of a text where a special token could be read.
 *
 * @param text Whole characters, without the mark.
 * @param args Contents of special tokens, and the mark.
 * @returns The marked text; the same where there is none.
 */
export function markPlain(
  text: string,
  args: { readonly contents: readonly string[]; readonly plainMark: string },
): string {
  const { plainMark } = args;
  const contents = args.contents.filter((content) => text.includes(content));
  if (contents.length === 0) return text;
  let marked = "";
  for (let at = 0; at < text.length; at++) {
    if (contents.some((content) => text.startsWith(content, at))) {
      marked += plainMark;
    }
    marked += text.charAt(at);
  }
  return marked;
}

/**
 * Finds a character that can mark places of a text.
 *
 * @param text The text.
 * @returns The first for private use that it does not hold.
 */
export function unusedCharacter(text: string): string {
  let code = 0xf0000;
  while (text.includes(String.fromCodePoint(code))) code++;
  return String.fromCodePoint(code);
}
