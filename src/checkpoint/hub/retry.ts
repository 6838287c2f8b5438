/** A failure that may pass: no connection, a cut one, a server that has too much to do. */
export class TransientError extends TypeError {
  /** Milliseconds that the server asks to wait, or null. */
  readonly retryAfterMs: number | null;

  /**
   * @param message What failed, as it is shown if it does not pass.
   * @param retryAfterMs Milliseconds that the server asks to wait, or null.
   */
  constructor(message: string, retryAfterMs: number | null = null) {
    super(message);
    this.name = "TransientError";
    this.retryAfterMs = retryAfterMs;
  }
}

/** How often, and how patiently, something is tried. */
export interface RetryPolicy {
  /** Tries in all. */
  readonly maxAttempts: number;
  /** Milliseconds before the second try; each wait is twice the one before. */
  readonly firstWaitMs: number;
  /** Longest wait; a server that asks for more is not asked again. */
  readonly maxWaitMs: number;
  /** Milliseconds without a byte after which a connection counts as cut. */
  readonly idleMs: number;
}

/** What a download takes unless told otherwise. */
export const RETRY_POLICY: RetryPolicy = {
  maxAttempts: 6,
  firstWaitMs: 500,
  maxWaitMs: 120_000,
  idleMs: 60_000,
};

/**
 * Runs an action until it fails in no way that may pass.
 *
 * @param action What to try.
 * @param options How often; `signal` ends the waiting.
 * @returns What the action gives.
 * @throws {TransientError} It never succeeded.
 */
export async function retry<T>(
  action: () => Promise<T>,
  { policy, signal }: {
    readonly policy: RetryPolicy;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<T> {
  for (let attempt = 1;; attempt++) {
    signal?.throwIfAborted();
    try {
      return await action();
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof TransientError)) throw error;
      // Spread over time, so that ranges that were refused together do not come back together.
      const backoffMs = policy.firstWaitMs * 2 ** (attempt - 1) *
        (0.5 + Math.random());
      const waitMs = Math.max(error.retryAfterMs ?? 0, backoffMs);
      if (attempt >= policy.maxAttempts || waitMs > policy.maxWaitMs) {
        throw error;
      }
      await wait(waitMs, signal);
    }
  }
}

function wait(ms: number, signal?: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = (): void => reject(signal?.reason);
  const timer = setTimeout(resolve, ms);
  signal?.addEventListener("abort", onAbort, { once: true });
  return promise.finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  });
}
