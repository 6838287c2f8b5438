import { StreamDecoder, type Tokenizer } from "../text/mod.ts";
import type { Chunk } from "./options.ts";

/** What a token adds to a text. */
export interface TokenText {
  /** The token; the last one, where what it left behind is shown at the end of a text. */
  readonly id: number;
  /** The characters that it completes, as far as they are shown. */
  readonly text: string;
  /** Whether it was an accepted draft; else the target chose it by itself. */
  readonly isDrafted: boolean;
}

/**
 * Tells which of a generation's text is which token's.
 *
 * Tokens are decoded a second time, one by one, as the generation decodes them; of that text just as much is
 * given out as the chunks hold. What a stop string or an incomplete character keeps back thus stays back, and
 * the texts of a chunk always make up its own. A character of several tokens goes to the one that completes it.
 */
export class TokenTexts {
  readonly #decoder: StreamDecoder;
  /** Texts that no chunk has shown yet. */
  #held: TokenText[] = [];
  #last: Omit<TokenText, "text"> = { id: 0, isDrafted: false };

  /**
   * Begins a text.
   *
   * @param tokenizer From ids to text.
   * @param promptIds What the text continues.
   */
  constructor(tokenizer: Tokenizer, promptIds: readonly number[]) {
    this.#decoder = new StreamDecoder(tokenizer, { promptIds });
  }

  /**
   * Takes the next chunk.
   *
   * @param chunk The chunk.
   * @returns Its text, token by token.
   */
  push(
    chunk: Pick<Chunk, "text" | "tokens" | "drafted">,
  ): readonly TokenText[] {
    for (const [index, id] of chunk.tokens.entries()) {
      this.#last = { id, isDrafted: chunk.drafted[index] ?? false };
      this.#held.push({ ...this.#last, text: this.#decoder.push(id) });
    }
    const numHeld = this.#held.reduce((sum, { text }) => sum + text.length, 0);
    // The end of a text shows what the last token began and no other completed.
    const rest = chunk.text.slice(numHeld);
    if (rest !== "") this.#held.push({ ...this.#last, text: rest });
    return this.#take(chunk.text.length);
  }

  /** Gives out the first characters of what is held. */
  #take(length: number): readonly TokenText[] {
    const taken: TokenText[] = [];
    let numLeft = length;
    while (this.#held[0] !== undefined) {
      const { text, ...token } = this.#held[0];
      const shown = text.slice(0, numLeft);
      if (shown === "" && text !== "") break;
      taken.push({ ...token, text: shown });
      numLeft -= shown.length;
      if (shown === text) this.#held.shift();
      else this.#held[0] = { ...token, text: text.slice(shown.length) };
    }
    return taken;
  }
}
