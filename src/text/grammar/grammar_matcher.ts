import type * as XGrammar from "@mlc-ai/web-xgrammar";

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
  readonly #endTokens: ReadonlySet<number>;
  /** Tokens that would lose a space which the grammar has seen. */
  #unfit: Uint32Array | null;

  /** @param args The library's matcher, words of a mask, ids that end a text, and tokens that must not begin it. */
  constructor(
    args: {
      readonly matcher: XGrammar.GrammarMatcher;
      readonly numWords: number;
      readonly endTokens: readonly number[];
      readonly unfitToBegin: Uint32Array | null;
    },
  ) {
    this.#matcher = args.matcher;
    this.#numWords = args.numWords;
    this.#endTokens = new Set(args.endTokens);
    this.#unfit = args.unfitToBegin;
  }

  /**
   * Takes in a token that the text goes on with.
   *
   * @param token Its id.
   * @returns Whether the text is still within the grammar; where it is not, nothing was taken in.
   */
  accept(token: number): boolean {
    if (!this.#matcher.acceptToken(token)) return false;
    this.#unfit = null;
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
    const visit = async (node: number): Promise<void> => {
      masks.set(await this.#mask(), node * this.#numWords);
      for (const child of children.get(node) ?? []) {
        const { token = 0 } = nodes[child] ?? {};
        if (this.#endTokens.has(token)) continue;
        if (!this.#matcher.acceptToken(token)) continue;
        await visit(child);
        this.#matcher.rollBack(1);
      }
    };
    await visit(0);
    return masks;
  }

  async #mask(): Promise<Uint32Array> {
    const mask = new Uint32Array(await this.#matcher.getNextTokenBitmask());
    const unfit = this.#unfit;
    return unfit === null
      ? mask
      : mask.map((word, index) => word & ~(unfit[index] ?? 0));
  }

  /** Frees what it holds. */
  [Symbol.dispose](): void {
    this.#matcher.dispose();
  }
}
