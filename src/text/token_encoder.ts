/** From text to ids, and between ids and tokens. */
export interface TokenEncoder {
  /** Ids of a text of whole characters, with special tokens round it or without. */
  encode(text: string, addSpecialTokens: boolean): number[];
  /**
   * Ids of a text in which each special token has `SPECIAL_MARK` before it; without one, its content is text. No
   * special tokens are put round it.
   */
  encodeMarked(text: string): number[];
  /** Id of a token by its content. */
  idOf(content: string): number | undefined;
  /** Content of a token. */
  tokenText(id: number): string | undefined;
}
