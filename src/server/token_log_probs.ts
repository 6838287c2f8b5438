import type { Chunk, Tokenizer } from "../decode/mod.ts";
import type { ServedModel } from "./served_model.ts";
import { tokenText } from "./token_text.ts";

/** A token and how likely it was, as the OpenAI API says it. */
export interface ApiLogProb {
  /** Its text; U+FFFD stands for a part of a character. */
  readonly token: string;
  /** Natural logarithm of its probability. */
  readonly logprob: number;
  /** UTF-8 of its text. */
  readonly bytes: readonly number[];
}

/** A token of an answer, and what else could have been in its place. */
export interface ApiTokenLogProbs extends ApiLogProb {
  /** The likeliest, the first one first. */
  readonly top_logprobs: readonly ApiLogProb[];
}

/** JSON has no minus infinity; the OpenAI API sends this. */
const LEAST = -9999;

/**
 * Says how likely the tokens of a piece were; those that end a text are none of it.
 *
 * @param model The model.
 * @param chunk The piece, with log probabilities.
 * @returns Each token's.
 */
export function tokenLogProbs(
  { config, tokenizer }: ServedModel,
  chunk: Chunk,
): readonly ApiTokenLogProbs[] {
  const describe = (id: number, logProb: number): ApiLogProb =>
    describeToken(tokenizer, id, logProb);
  return chunk.tokens.flatMap((id, index) => {
    if (config.eosTokenIds.includes(id)) return [];
    const top = chunk.topLogProbs?.[index] ?? [];
    return [{
      ...describe(id, chunk.logProbs?.[index] ?? LEAST),
      top_logprobs: top.map(({ token, logProb }) => describe(token, logProb)),
    }];
  });
}

function describeToken(
  tokenizer: Tokenizer,
  id: number,
  logProb: number,
): ApiLogProb {
  return {
    token: tokenText(tokenizer, id),
    logprob: Math.max(logProb, LEAST),
    bytes: [...tokenizer.tokenBytes(id)],
  };
}
