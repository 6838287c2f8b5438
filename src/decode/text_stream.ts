import type { Committed, CommittedToken } from "./read_back.ts";
import type { ProposedTokens } from "./run_rounds.ts";
import { StopStrings, StreamDecoder, type Tokenizer } from "../text/mod.ts";

/** What a batch of tokens adds to the text. */
export interface TextPiece {
  readonly text: string;
  /** The tokens up to the one that completed a stop string. */
  readonly tokens: readonly CommittedToken[];
  /** Whether a stop string was completed. */
  readonly isStopped: boolean;
}

/** Turns committed ids into final text, up to the first stop string. */
export class TextStream {
  readonly #decoder: StreamDecoder;
  readonly #stops: StopStrings;
  readonly #tokens: number[] = [];
  readonly #acceptedPerDepth: number[] = [];
  #numRounds = 0;
  #numProposed = 0;
  #numDraftedInRound = 0;
  #whole = "";
  #isStopped = false;

  /** @param args Tokenizer, ids that the text continues, strings that end it. */
  constructor(
    args: {
      readonly tokenizer: Tokenizer;
      readonly prompt: readonly number[];
      readonly stop: readonly string[];
    },
  ) {
    this.#decoder = new StreamDecoder(args.tokenizer, {
      promptIds: args.prompt,
    });
    this.#stops = new StopStrings(args.stop);
  }

  /** All ids so far, up to the one that completed a stop string. */
  get tokens(): readonly number[] {
    return this.#tokens;
  }

  /** All text so far. */
  get whole(): string {
    return this.#whole;
  }

  /** Target passes after the prefill, up to the last id. */
  get numRounds(): number {
    return this.#numRounds;
  }

  /** Tokens that the drafter proposed in those passes. */
  get numProposed(): number {
    return this.#numProposed;
  }

  /** Rounds in which at least 1, 2, … drafted tokens were accepted. */
  get acceptedPerDepth(): readonly number[] {
    return [...this.#acceptedPerDepth];
  }

  /**
   * Takes in committed ids.
   *
   * @param committed Ids and log probabilities.
   * @param proposed How many tokens the drafter proposed to the rounds that they are from. Default: none.
   * @returns What they add.
   */
  push(
    committed: Pick<Committed, "tokens">,
    proposed: ProposedTokens = { first: 0, others: 0 },
  ): TextPiece {
    const { first, others } = proposed;
    let text = "";
    let numTokens = 0;
    for (const { id } of committed.tokens) {
      if (this.#isStopped) break;
      numTokens++;
      const piece = this.#stops.push(this.#decoder.push(id));
      text += piece.text;
      this.#isStopped = piece.stopped;
    }
    const tokens = committed.tokens.slice(0, numTokens);
    this.#tokens.push(...tokens.map(({ id }) => id));
    const numRounds = this.#numRounds;
    for (const token of tokens) this.#count(token);
    const numMore = this.#numRounds - numRounds;
    if (numMore > 0) this.#numProposed += first + (numMore - 1) * others;
    this.#whole += text;
    return { text, tokens, isStopped: this.#isStopped };
  }

  #count({ round, rank }: CommittedToken): void {
    if (round > this.#numRounds) this.#numDraftedInRound = 0;
    this.#numRounds = round;
    if (rank === 0) return;
    const depth = this.#numDraftedInRound++;
    this.#acceptedPerDepth[depth] = (this.#acceptedPerDepth[depth] ?? 0) + 1;
  }

  /**
   * Ends the text.
   *
   * @returns What was held back as a possible beginning of a character or stop string, and whether a stop
   *   string was among it.
   */
  flush(): { readonly text: string; readonly isStopped: boolean } {
    if (this.#isStopped) return { text: "", isStopped: false };
    this.#isStopped = true;
    const last = this.#stops.push(this.#decoder.flush());
    const rest = last.stopped
      ? { text: "", stopped: true }
      : this.#stops.flush();
    const text = last.text + rest.text;
    this.#whole += text;
    return { text, isStopped: rest.stopped };
  }
}
