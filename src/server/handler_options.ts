import type { AccessRecord } from "./access_record.ts";

/** Bounds of what a request may ask for. */
export interface HandlerLimits {
  /** Bytes of a body. Default: 4 MiB. */
  readonly maxBodyBytes: number;
  /** Milliseconds in which a body must have come. Default: 30,000. */
  readonly bodyTimeoutMs: number;
  /** Levels of objects and lists in each other. Default: 64. */
  readonly maxJsonDepth: number;
  /** Messages of a conversation. Default: 1,024. */
  readonly maxMessages: number;
  /** Tokens of a prompt. Default: as many as the model's context holds. */
  readonly maxPromptTokens: number;
  /** Strings that end a text, at most 64. Default: 4. */
  readonly maxStops: number;
  /** Answers to one request (`n`, for each prompt). Default: 8. */
  readonly maxChoices: number;
  /** Prompts of a completion, and inputs of an embedding, in one request. Default: 64. */
  readonly maxInputs: number;
  /** Tools of a conversation. Default: 128. */
  readonly maxTools: number;
}

/** Options of {@linkcode createHandler}. */
export interface HandlerOptions {
  /** Keys, one of which requests must bring as `Authorization: Bearer KEY`. Default: none is asked for. */
  readonly apiKeys?: readonly string[];
  /** Origins whose pages may ask, such as `https://example.com`; `*` for all. Default: none. */
  readonly corsOrigins?: readonly string[];
  /**
   * Names, without port, that requests may call this server by; others are refused, which keeps pages of other servers from
   * reaching one on loopback by a name of theirs (DNS rebinding). Default: any.
   */
  readonly allowedHosts?: readonly string[];
  /** Answers that run side by side, for each model: as many as it has sessions. Default: 8. */
  readonly maxRunning?: number;
  /** Answers that wait for one of those to end, for each model. Default: 64. */
  readonly maxQueued?: number;
  /** Milliseconds that a request may take in all. Default: 600,000. */
  readonly deadlineMs?: number;
  /** Bounds of what a request may ask for. */
  readonly limits?: Partial<HandlerLimits>;
  /** When aborted, new requests are refused, and those that run finish. */
  readonly closing?: AbortSignal;
  /** Called when the service closes and nothing runs on its models any more: they may be disposed of. */
  readonly onDrained?: () => void;
  /** Called when a request has been answered. */
  readonly onAccess?: (record: AccessRecord) => void;
  /** Puts prompts into the records. Default: `false`. */
  readonly logsPrompts?: boolean;
  /** Called with errors that are the service's own fault. Default: they are written to standard error. */
  readonly onError?: (error: unknown, requestId: string) => void;
}

/** Milliseconds that a request may take where nothing is said. */
export const DEFAULT_DEADLINE_MS = 600_000;

/** Bounds where none are set. */
export const DEFAULT_LIMITS: HandlerLimits = {
  maxBodyBytes: 4 * 2 ** 20,
  bodyTimeoutMs: 30_000,
  maxJsonDepth: 64,
  maxMessages: 1024,
  maxPromptTokens: Infinity,
  maxStops: 4,
  maxChoices: 8,
  maxInputs: 64,
  maxTools: 128,
};
