import type { Chunk, Tokenizer } from "../decode/mod.ts";
import { TokenTexts } from "../decode/token_texts.ts";

/** What a piece of an answer says of its drafts. */
export interface DraftNote {
  /** Its tokens, which make up its text. */
  readonly tokens: readonly {
    readonly text: string;
    /** Whether the drafter had proposed it. */
    readonly drafted: boolean;
  }[];
  /** Tokens per pass of the model, up to here. */
  readonly tokens_per_round: number;
  /** Tokens per second since the first, up to here. */
  readonly tokens_per_second: number;
}

/** Says which tokens of an answer were drafted, piece by piece. */
export class DraftNotes {
  readonly #texts: TokenTexts;
  #numTokens = 0;
  #numFirst = 0;
  #firstMs = 0;

  /**
   * Begins an answer.
   *
   * @param tokenizer From ids to text.
   * @param promptIds What it answers or continues.
   */
  constructor(tokenizer: Tokenizer, promptIds: readonly number[]) {
    this.#texts = new TokenTexts(tokenizer, promptIds);
  }

  /**
   * Takes the next piece.
   *
   * @param chunk The piece.
   * @returns What to say of it.
   */
  push(chunk: Chunk): DraftNote {
    const { tokens, elapsedMs } = chunk;
    // The clock begins with the first piece, whose tokens took no time of it.
    if (this.#numTokens === 0) {
      this.#firstMs = elapsedMs;
      this.#numFirst = tokens.length;
    }
    this.#numTokens += tokens.length;
    const seconds = (elapsedMs - this.#firstMs) / 1000;
    const numTimed = this.#numTokens - this.#numFirst;
    return {
      tokens: this.#texts.push(chunk).map(({ text, isDrafted }) => ({
        text,
        drafted: isDrafted,
      })),
      tokens_per_round: chunk.soFar.tokensPerRound,
      tokens_per_second: seconds > 0 ? numTimed / seconds : 0,
    };
  }
}
