/** A token that is found in a text before the rest is merged. */
export interface WholeToken {
  /** Its content. */
  readonly content: string;
  /** Its id. */
  readonly id: number;
  /** White space behind it belongs to it. */
  readonly hasRightSpace: boolean;
}

/** A token that was found, or the text between two. */
export type TextPart =
  | { readonly text: string; readonly token: null }
  | { readonly token: WholeToken };

/** Finds tokens in a text: the first of all, and of those that begin there the longest. */
export class WholeTokens {
  readonly #tokens: ReadonlyMap<string, WholeToken>;
  /** Lengths of the tokens that begin with a code unit, the longest first. */
  readonly #lengths: ReadonlyMap<number, readonly number[]>;

  /** Takes the tokens; of those with the same content the last counts. */
  constructor(tokens: readonly WholeToken[]) {
    const found = tokens.filter(({ content }) => content !== "");
    this.#tokens = new Map(found.map((token) => [token.content, token]));
    const byUnit = Map.groupBy(
      this.#tokens.keys(),
      (content) => content.charCodeAt(0),
    );
    this.#lengths = new Map(
      byUnit.entries().map(([unit, contents]) => {
        const lengths = new Set(contents.map(({ length }) => length));
        return [unit, [...lengths].sort((a, b) => b - a)];
      }),
    );
  }

  /** Cuts a text into tokens and what is between them, which is never empty. */
  split(text: string): TextPart[] {
    const parts: TextPart[] = [];
    let start = 0;
    const addText = (end: number): void => {
      if (end > start) {
        parts.push({ text: text.slice(start, end), token: null });
      }
    };
    for (let at = 0; at < text.length;) {
      const token = this.#tokenAt(text, at);
      if (token === null) {
        at++;
        continue;
      }
      addText(at);
      parts.push({ token });
      at += token.content.length;
      while (token.hasRightSpace && /^\s$/.test(text.charAt(at))) at++;
      start = at;
    }
    addText(text.length);
    return parts;
  }

  #tokenAt(text: string, at: number): WholeToken | null {
    const lengths = this.#lengths.get(text.charCodeAt(at)) ?? [];
    for (const length of lengths) {
      const token = this.#tokens.get(text.slice(at, at + length));
      if (token !== undefined) return token;
    }
    return null;
  }
}
