import { ServiceError } from "./service_error.ts";

/** How many requests may be under way. */
export interface AdmissionLimits {
  /** Requests that run side by side, at least 1. */
  readonly maxRunning: number;
  /** Requests that wait for one of those to end. */
  readonly maxQueued: number;
}

/** Share of a new service time in what one is held to take. */
const RATE = 0.2;

/** A request that waits. */
interface Waiting {
  readonly admit: () => void;
  readonly refuse: (reason: unknown) => void;
}

/**
 * Lets a bounded number of requests run, and a bounded number wait for them, first come, first served.
 *
 * @example
 * ```ts
 * import { Admission } from "./admission.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const admission = new Admission({ maxRunning: 1, maxQueued: 4 });
 * {
 *   using _place = await admission.enter();
 *   assertEquals(admission.numRunning, 1);
 * }
 * assertEquals(admission.numRunning, 0);
 * ```
 */
export class Admission {
  /** Kept when {@linkcode Admission.close} was called and nothing runs any more. */
  readonly drained: Promise<void>;
  readonly #limits: AdmissionLimits;
  readonly #now: () => number;
  readonly #queue = new Set<Waiting>();
  readonly #finish: () => void;
  #numRunning = 0;
  #serviceMs: number | null = null;
  #isClosed = false;

  /**
   * @param limits How many requests may run and wait.
   * @param options The clock, in milliseconds. Default: `performance.now`.
   * @throws {RangeError} If a limit is not such a number.
   */
  constructor(
    limits: AdmissionLimits,
    options: { readonly now?: () => number } = {},
  ) {
    checkLimit("maxRunning", limits.maxRunning, 1);
    checkLimit("maxQueued", limits.maxQueued, 0);
    this.#limits = limits;
    this.#now = options.now ?? (() => performance.now());
    const { promise, resolve } = Promise.withResolvers<void>();
    this.drained = promise;
    this.#finish = resolve;
  }

  /** Requests that run. */
  get numRunning(): number {
    return this.#numRunning;
  }

  /** Requests that wait. */
  get numQueued(): number {
    return this.#queue.size;
  }

  /** Requests that may run and wait at the same time. */
  get capacity(): number {
    return this.#limits.maxRunning + this.#limits.maxQueued;
  }

  /** Whether new requests are refused. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * Waits for a place to run in.
   *
   * @param signal Gives the place in the queue up; the promise is then rejected with the signal's reason.
   * @returns The place, to be disposed of when the request has ended.
   * @throws {ServiceError} If as many wait as may (`queueFull`), or the service is shutting down (`closing`).
   */
  async enter(signal?: AbortSignal): Promise<Disposable> {
    signal?.throwIfAborted();
    if (this.#isClosed) throw closingError();
    const { maxRunning, maxQueued } = this.#limits;
    if (this.#numRunning < maxRunning) return this.#admit();
    if (this.#queue.size >= maxQueued) {
      throw new ServiceError(
        "queueFull",
        `Cannot take the request as at most ${maxRunning} may run and ${maxQueued} wait: all places are taken`,
        { retryAfterSeconds: this.retryAfterSeconds },
      );
    }
    return await this.#wait(signal);
  }

  /** Seconds until a request that came now could run, going by how long the last ones took; at least 1. */
  get retryAfterSeconds(): number {
    const numTurns = (this.#queue.size + 1) / this.#limits.maxRunning;
    return Math.max(1, Math.ceil(numTurns * (this.#serviceMs ?? 0) / 1000));
  }

  /** Refuses those that come and those that wait, and lets those that run finish. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const { refuse } of [...this.#queue]) refuse(closingError());
    if (this.#numRunning === 0) this.#finish();
  }

  #wait(signal: AbortSignal | undefined): Promise<Disposable> {
    const { promise, resolve, reject } = Promise.withResolvers<Disposable>();
    const leave = (): void => {
      this.#queue.delete(waiting);
      signal?.removeEventListener("abort", abort);
    };
    const waiting: Waiting = {
      admit: () => {
        leave();
        resolve(this.#admit());
      },
      refuse: (reason) => {
        leave();
        reject(reason);
      },
    };
    const abort = (): void => waiting.refuse(signal?.reason);
    signal?.addEventListener("abort", abort);
    this.#queue.add(waiting);
    return promise;
  }

  #admit(): Disposable {
    const beganMs = this.#now();
    let isRunning = true;
    this.#numRunning++;
    return {
      [Symbol.dispose]: () => {
        if (!isRunning) return;
        isRunning = false;
        this.#leave(this.#now() - beganMs);
      },
    };
  }

  #leave(serviceMs: number): void {
    this.#numRunning--;
    const known = this.#serviceMs ?? serviceMs;
    this.#serviceMs = known + (serviceMs - known) * RATE;
    const [next] = this.#queue;
    if (next !== undefined) next.admit();
    else if (this.#isClosed && this.#numRunning === 0) this.#finish();
  }
}

function closingError(): ServiceError {
  return new ServiceError(
    "closing",
    "Cannot take the request as the service must go on running: it is shutting down",
  );
}

function checkLimit(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new RangeError(
    `Cannot admit requests as "${name}" must be an integer of at least ${least}: ${value}`,
  );
}
