import type * as XGrammar from "@mlc-ai/web-xgrammar";
import type { TokenBorders } from "./token_borders.ts";

/** A node of a tree of tokens. */
export interface TokenNode {
  /** Its token. */
  readonly token: number;
  /** Index of the node that it follows; null of the root. */
  readonly parent: number | null;
}

/** Follows a text, and says which tokens keep it within its grammar. */
export class GrammarMatcher implements Disposable {
  readonly #matcher: XGrammar.GrammarMatcher;
  readonly #numWords: number;
  /** Bits of the last word that are tokens'. */
  readonly #lastBits: number;
  readonly #endTokens: ReadonlySet<number>;
  readonly #borders: TokenBorders;
  readonly #onFailure: () => void;
  #last: number | null;

  /**
   * @param args The library's matcher, tokens of the model, ids that end a text, where tokens must not meet, the byte
   *   that the text follows, and what is called where the library has failed and must not be used again.
   */
  constructor(
    args: {
      readonly matcher: XGrammar.GrammarMatcher;
      readonly vocabSize: number;
      readonly endTokens: readonly number[];
      readonly borders: TokenBorders;
      readonly last: number | null;
      readonly onFailure: () => void;
    },
  ) {
    this.#matcher = args.matcher;
    this.#numWords = Math.ceil(args.vocabSize / 32);
    this.#lastBits = 0xffffffff >>> (this.#numWords * 32 - args.vocabSize);
    this.#endTokens = new Set(args.endTokens);
    this.#borders = args.borders;
    this.#onFailure = args.onFailure;
    this.#last = args.last;
  }

  /**
   * Takes in a token that the text goes on with.
   *
   * @param token Its id.
   * @returns Whether the text is still within the grammar; where it is not, nothing was taken in.
   */
  accept(token: number): boolean {
    if (!this.#accept(token)) return false;
    this.#last = this.#borders.lastByte(token, this.#last);
    return true;
  }

  /**
   * Says which tokens may follow each node of a tree, whose root is the last token taken in.
   *
   * @param nodes The root first, parents before children.
   * @returns `[N, ceil(V/32)]`, a bit for each token: none behind a node that no text within the grammar reaches, or
   *   that ends it.
   */
  async allowed(
    nodes: readonly TokenNode[],
  ): Promise<Uint32Array<ArrayBuffer>> {
    const masks = new Uint32Array(nodes.length * this.#numWords);
    const children = Map.groupBy(nodes.keys(), (node) => nodes[node]?.parent);
    const visit = async (node: number, last: number | null): Promise<void> => {
      masks.set(await this.#mask(last), node * this.#numWords);
      for (const child of children.get(node) ?? []) {
        const { token = 0 } = nodes[child] ?? {};
        if (this.#endTokens.has(token)) continue;
        if (!this.#accept(token)) continue;
        await visit(child, this.#borders.lastByte(token, last));
        this.#matcher.rollBack(1);
      }
    };
    await visit(0, this.#last);
    return masks;
  }

  async #mask(last: number | null): Promise<Uint32Array> {
    const mask = await this.#libraryMask();
    // The library leaves what is behind the last token as it comes.
    const end = this.#numWords - 1;
    mask[end] = (mask[end] ?? 0) & this.#lastBits;
    const forbidden = this.#borders.forbidden(last);
    return forbidden === null
      ? mask
      : mask.map((word, index) => word & ~(forbidden[index] ?? 0));
  }

  #accept(token: number): boolean {
    try {
      return this.#matcher.acceptToken(token);
    } catch (error) {
      return this.#fail(error);
    }
  }

  async #libraryMask(): Promise<Uint32Array> {
    try {
      return new Uint32Array(await this.#matcher.getNextTokenBitmask());
    } catch (error) {
      return this.#fail(error);
    }
  }

  #fail(error: unknown): never {
    this.#onFailure();
    throw new Error(
      `Cannot go on with the grammar as XGrammar must follow the text: ${error}`,
      { cause: error },
    );
  }

  /** Frees what it holds. */
  [Symbol.dispose](): void {
    this.#matcher.dispose();
  }
}
