import type { Chunk, Tokenizer } from "../decode/mod.ts";
import { TokenTexts } from "../decode/token_texts.ts";

/** Text of an answer in which one special token, which is no text otherwise, is written out. */
export class MarkedText {
  readonly #texts: TokenTexts;
  readonly #mark: string;
  /** Id of the special token; null where the mark is text anyway. */
  readonly #markId: number | null;

  /**
   * Begins an answer.
   *
   * @param tokenizer From ids to text.
   * @param args What is answered, and the token as the vocabulary writes it.
   */
  constructor(
    tokenizer: Tokenizer,
    args: { readonly promptIds: readonly number[]; readonly mark: string },
  ) {
    this.#texts = new TokenTexts(tokenizer, args.promptIds);
    this.#mark = args.mark;
    const id = tokenizer.idOf(args.mark) ?? null;
    const isSpecial = id !== null && tokenizer.specialTokenIds.has(id);
    this.#markId = isSpecial ? id : null;
  }

  /**
   * Takes the next piece.
   *
   * @param chunk The piece.
   * @returns Its text, with the token in its place.
   */
  push(chunk: Chunk): string {
    return this.#texts.push(chunk)
      .map(({ id, text }) =>
        id === this.#markId && text === "" ? this.#mark : text
      ).join("");
  }
}
