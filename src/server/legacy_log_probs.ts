import type { Chunk } from "../decode/mod.ts";
import type { ServedModel } from "./served_model.ts";
import { StreamDecoder } from "../text/mod.ts";
import { tokenLogProbs } from "./token_log_probs.ts";

/** How likely the tokens of a completion were, in the form that the OpenAI API has for completions. */
export interface LegacyLogProbs {
  /** Texts of the tokens. */
  readonly tokens: readonly string[];
  /** How likely each was. */
  readonly token_logprobs: readonly number[];
  /** How likely the likeliest were in its place, and itself. */
  readonly top_logprobs: readonly Readonly<Record<string, number>>[];
  /** Where in the text it begins, in UTF-16 units. */
  readonly text_offset: readonly number[];
}

/** Says how likely the tokens of a completion were, piece by piece. */
export class LegacyLogProbReader {
  readonly #model: ServedModel;
  readonly #decoder: StreamDecoder;
  #offset = 0;

  /**
   * Begins a completion.
   *
   * @param model The model.
   * @param promptIds Ids of what is continued.
   */
  constructor(model: ServedModel, promptIds: readonly number[]) {
    this.#model = model;
    this.#decoder = new StreamDecoder(model.tokenizer, { promptIds });
  }

  /** Takes the next piece. */
  push(chunk: Chunk): LegacyLogProbs {
    const tokens = tokenLogProbs(this.#model, chunk);
    const offsets = chunk.tokens.slice(0, tokens.length).map((id) => {
      const offset = this.#offset;
      this.#offset += this.#decoder.push(id).length;
      return offset;
    });
    return {
      tokens: tokens.map(({ token }) => token),
      token_logprobs: tokens.map(({ logprob }) => logprob),
      top_logprobs: tokens.map((chosen) =>
        Object.fromEntries(
          [...chosen.top_logprobs, chosen]
            .map(({ token, logprob }) => [token, logprob]),
        )
      ),
      text_offset: offsets,
    };
  }
}

/** Puts the pieces of a completion's log probabilities together. */
export function joinLogProbs(
  pieces: readonly LegacyLogProbs[],
): LegacyLogProbs {
  return {
    tokens: pieces.flatMap(({ tokens }) => tokens),
    token_logprobs: pieces.flatMap((piece) => piece.token_logprobs),
    top_logprobs: pieces.flatMap((piece) => piece.top_logprobs),
    text_offset: pieces.flatMap((piece) => piece.text_offset),
  };
}
