/** Why a service could not do what it was asked, though nothing was wrong with the request. */
export type ServiceErrorKind =
  /** As many requests wait as may. */
  | "queueFull"
  /** The worker that ran the request, or was to run it, has ended. */
  | "workerLost"
  /** The service is shutting down. */
  | "closing"
  /** The request's time is over. */
  | "deadline";

/** A failure of the service rather than of the request: the same request may succeed later. */
export class ServiceError extends Error {
  /** What went wrong. */
  readonly kind: ServiceErrorKind;
  /** Seconds after which it is worth trying again, at least 1; undefined where nobody can tell. */
  readonly retryAfterSeconds: number | undefined;

  /**
   * Makes an error.
   *
   * @param kind What went wrong.
   * @param message One line: the action, what must hold, what is.
   * @param options When to try again, and what caused it.
   */
  constructor(
    kind: ServiceErrorKind,
    message: string,
    options: {
      readonly retryAfterSeconds?: number | undefined;
      readonly cause?: unknown;
    } = {},
  ) {
    const { cause, retryAfterSeconds } = options;
    super(message, cause === undefined ? {} : { cause });
    this.name = "ServiceError";
    this.kind = kind;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
