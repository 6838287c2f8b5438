/** Options and results of generation, shared by every front end. @module */

import type { Grammar } from "../text/mod.ts";
import type { RoundMs } from "./round_clock.ts";

/** How the next token is chosen from the target's logits. */
export interface SamplingOptions {
  /** Divides the logits; 0 takes the largest one. Default: the model's own, else 0. */
  readonly temperature?: number;
  /** Keeps the `topK` largest logits; 0 keeps all. */
  readonly topK?: number;
  /** Keeps the fewest most likely tokens whose probabilities sum to `topP`, in (0, 1]. */
  readonly topP?: number;
  /** Keeps tokens at least `minP` times as likely as the likeliest, in [0, 1]. */
  readonly minP?: number;
  /** Divides positive and multiplies negative logits of tokens already in the context; 1 is off. */
  readonly repetitionPenalty?: number;
  /** Subtracted from the logits of tokens already generated. */
  readonly presencePenalty?: number;
  /** Subtracted from a token's logit once per time it was generated. */
  readonly frequencyPenalty?: number;
  /** Added to the logits of the given token ids. */
  readonly logitBias?: ReadonlyMap<number, number>;
  /** Seed of the noise, an integer in [0, 2^32). Default: a random one, reported in the statistics. */
  readonly seed?: number;
}

/** Options of `Model.generate` and `Model.chat`. */
export interface GenerateOptions extends SamplingOptions {
  /** Most tokens to generate. Default: as many as the context holds. */
  readonly maxTokens?: number;
  /** Strings that end the text; neither they nor anything after them is emitted. */
  readonly stop?: readonly string[];
  /** Goes on past end-of-text ids. */
  readonly ignoreEos?: boolean;
  /** Reports each token's log probability under the unprocessed distribution. */
  readonly logProbs?: boolean;
  /**
   * Reports, at each token, that many of the likeliest tokens of the unprocessed distribution, an integer in [0, 20];
   * above 0 it implies `logProbs`. Default: 0.
   */
  readonly topLogProbs?: number;
  /**
   * What the text must match: tokens that would leave it are never chosen, and when it is complete only an end-of-text
   * id is. A text that ends otherwise (its length, a stop string, an abort) is a beginning of one that matches.
   */
  readonly grammar?: Grammar;
  /** Ends the generation; the statistics then say `abort`. */
  readonly signal?: AbortSignal;
}

/** Options of `Model.chat`. */
export interface ChatOptions extends GenerateOptions {
  /** Tools that the model may call, for chat templates that know tools. */
  readonly tools?: readonly unknown[];
}

/** A token, and how likely it was. */
export interface TokenLogProb {
  /** Its id. */
  readonly token: number;
  /** Natural logarithm of its probability. */
  readonly logProb: number;
}

/** Why a generation ended. */
export type StopReason = "eos" | "length" | "stop" | "context" | "abort";

/** How the rounds of a generation went. */
export interface RoundStatistics {
  /** Target passes after the prefill. */
  readonly rounds: number;
  /** Generated tokens per target pass. */
  readonly tokensPerRound: number;
  /** Rounds in which at least 1, 2, … drafted tokens were accepted. */
  readonly acceptedPerDepth: readonly number[];
  /** Tokens that the drafter proposed in those rounds: the nodes of their trees below the roots. */
  readonly draftedTokens: number;
  /**
   * Milliseconds that a round takes on the device: the target's pass over the tree, the choice and commitment of
   * what it accepts, and the drafting of the next tree, 0 without a drafter. Means over one round in
   * about 60 ms, for only these are timed by part; null where the device has no clock, or no round has ended.
   */
  readonly roundMs: RoundMs | null;
  /**
   * Share in [0, 1] of the time from the first round's begin to the last one's end in which the device waited for
   * the host or copied results; null where `roundMs` is.
   */
  readonly idleShare: number | null;
}

/** A piece of generated text. */
export interface Chunk {
  /** Valid text that will not change; may be empty while a character or stop string is incomplete. */
  readonly text: string;
  /** Token ids committed since the last chunk. */
  readonly tokens: readonly number[];
  /** Natural-log probabilities of `tokens`, when asked for. */
  readonly logProbs?: readonly number[];
  /** The likeliest tokens in the place of each of `tokens`, the likeliest first, when asked for. */
  readonly topLogProbs?: readonly (readonly TokenLogProb[])[];
  /** Which of `tokens` the drafter had proposed. */
  readonly drafted: readonly boolean[];
  /** Milliseconds since generation began. */
  readonly elapsedMs: number;
  /** How the rounds went up to here. */
  readonly soFar: RoundStatistics;
}

/** What a generation did, returned when it ends. */
export interface GenerateStatistics extends RoundStatistics {
  /** The whole text. */
  readonly text: string;
  /** Every id the model chose, an end-of-text id included. */
  readonly tokens: readonly number[];
  /** Why it ended. */
  readonly stop: StopReason;
  /** Seed of the noise. */
  readonly seed: number;
  /** Tokens of the prompt. */
  readonly promptTokens: number;
  /** Tokens of the prompt found in the cache of an earlier generation. */
  readonly cachedTokens: number;
  /** Tokens generated. */
  readonly generatedTokens: number;
  /** Milliseconds from the call to the end of the prefill. */
  readonly prefillMs: number;
  /** Milliseconds from the end of the prefill to the last token. */
  readonly decodeMs: number;
  /** Generated tokens per second of `decodeMs`. */
  readonly tokensPerSecond: number;
}
