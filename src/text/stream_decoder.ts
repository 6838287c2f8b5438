import type { Tokenizer } from "./tokenizer.ts";

/** Options of a `StreamDecoder`. */
export interface StreamDecoderOptions {
  /** What the ids continue: a prompt's ids, or the last few of them. Default: none. */
  readonly promptIds?: readonly number[];
}

// A character has at most four bytes, so what lies further back cannot be part of a last one.
const MAX_CHARACTER_BYTES = 4;

/**
 * Turns ids into text as they come, without ever showing part of a character.
 *
 * The text of ids that continue a prompt is what they add to the prompt's text: `▁a` behind
 * `Once upon` is `" a"`. Behind no prompt, or one that ends in a special token, it is a text of
 * its own, `decode(ids)`: there, tokenizers that put a space before a text take it away again.
 * A character whose first bytes end the prompt counts as continued. Special tokens are no text.
 *
 * The pieces make up exactly what `decode` says of the whole, and a piece costs the same however
 * long the text is.
 *
 * @example
 * ```ts ignore
 * const decoder = new StreamDecoder(tokenizer, { promptIds });
 * for (const id of ids) write(decoder.push(id));
 * write(decoder.flush());
 * ```
 */
export class StreamDecoder {
  readonly #tokenizer: Tokenizer;
  readonly #utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
  #numLeadingSpaces: number;

  /**
   * Begins a text.
   *
   * @param tokenizer From ids to bytes.
   * @param options What the text continues.
   */
  constructor(tokenizer: Tokenizer, options: StreamDecoderOptions = {}) {
    this.#tokenizer = tokenizer;
    this.#numLeadingSpaces = tokenizer.numLeadingSpaces;
    const bytes = this.#lastBytes(options.promptIds ?? []);
    if (bytes.length === 0) return;
    this.#numLeadingSpaces = 0;
    this.#utf8.decode(Uint8Array.from(bytes), { stream: true });
  }

  /**
   * Takes the next id.
   *
   * @param id Id.
   * @returns The characters that it completes; often one token's text, at times none.
   */
  push(id: number): string {
    if (this.#tokenizer.specialTokenIds.has(id)) return "";
    let bytes = this.#tokenizer.tokenBytes(id);
    if (bytes.length === 0) return "";
    while (this.#numLeadingSpaces > 0 && bytes[0] === 0x20) {
      bytes = bytes.subarray(1);
      this.#numLeadingSpaces--;
    }
    if (bytes.length > 0) this.#numLeadingSpaces = 0;
    return this.#utf8.decode(bytes, { stream: true });
  }

  /**
   * Ends the text.
   *
   * @returns U+FFFD for a character that was not completed, else nothing.
   */
  flush(): string {
    return this.#utf8.decode();
  }

  #lastBytes(promptIds: readonly number[]): number[] {
    const { specialTokenIds } = this.#tokenizer;
    const bytes: number[] = [];
    if (specialTokenIds.has(promptIds.at(-1) ?? -1)) return bytes;
    for (
      let index = promptIds.length - 1;
      index >= 0 && bytes.length < MAX_CHARACTER_BYTES;
      index--
    ) {
      const id = promptIds[index];
      if (id === undefined || specialTokenIds.has(id)) continue;
      bytes.unshift(...this.#tokenizer.tokenBytes(id));
    }
    return bytes;
  }
}
