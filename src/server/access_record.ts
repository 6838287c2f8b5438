/** What is known of a request when it has been answered. */
export interface AccessRecord {
  /** When it came, as ISO 8601. */
  readonly time: string;
  /** Its id, which the response has as `x-request-id`. */
  readonly requestId: string;
  /** Its method. */
  readonly method: string;
  /** Its path, without a query. */
  readonly path: string;
  /** Status of the response; 499 where the client went away before. */
  readonly status: number;
  /** Milliseconds until the response was whole. */
  readonly durationMs: number;
  /** Code of the error, where it failed. */
  readonly errorCode?: string;
  /** Model that was asked. */
  readonly model?: string;
  /** Tokens of prompts. */
  readonly promptTokens?: number;
  /** Those found in a cache. */
  readonly cachedTokens?: number;
  /** Tokens generated. */
  readonly completionTokens?: number;
  /** Milliseconds until the first token. */
  readonly firstTokenMs?: number;
  /** What was asked, where that is to be logged. */
  readonly prompt?: string;
}
