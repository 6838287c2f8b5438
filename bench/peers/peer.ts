/** One engine with a model, to be measured beside others. @module */

/** What an engine did with a prompt. */
export interface PeerRun {
  /** Ids that it went on with. */
  readonly tokens: readonly number[];
  /** Milliseconds until the first. */
  readonly prefillMs: number;
  /** Milliseconds from the first to the last. */
  readonly decodeMs: number;
}

/** An engine that has loaded a model. */
export interface Peer extends AsyncDisposable {
  /** What it is, and what it runs on. */
  readonly name: string;
  /**
   * Goes on with a prompt, taking the likeliest token each time, past ids that end texts too.
   *
   * @param prompt Ids.
   * @param numTokens How many.
   */
  generate(prompt: readonly number[], numTokens: number): Promise<PeerRun>;
}
