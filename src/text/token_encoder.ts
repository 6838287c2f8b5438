/** From text to ids, and between ids and tokens. */
export interface TokenEncoder {
  /** Ids of a text of whole characters, with special tokens round it or without. */
  encode(text: string, addSpecialTokens: boolean): number[];
  /** Id of a token by its content. */
  idOf(content: string): number | undefined;
  /** Content of a token. */
  tokenText(id: number): string | undefined;
}
