import { PromptMemory } from "./prompt_memory.ts";
import { ServiceError } from "./service_error.ts";
import { WorkerLink, type WorkerLinkOptions } from "./worker_link.ts";

/** A Worker that has run this long was well, whatever it ended of. */
const WELL_MS = 60_000;
/** The next Worker after one that was well starts at once, another after this time, then after twice as much. */
const FIRST_DELAY_MS = 1000;
const LAST_DELAY_MS = 60_000;

type LaneState =
  | {
    readonly is: "ready";
    readonly link: WorkerLink;
    readonly sinceMs: number;
  }
  | { readonly is: "loading"; readonly link: WorkerLink }
  /** Between two Workers. */
  | {
    readonly is: "resting";
    readonly untilMs: number;
    readonly timer: ReturnType<typeof setTimeout>;
    readonly why: ServiceError;
  }
  | { readonly is: "closed" };

/** One Worker after another: when one has ended, the next loads the model anew. */
export class WorkerLane {
  /** What it was asked lately. */
  readonly memory: PromptMemory = new PromptMemory();
  readonly #options: WorkerLinkOptions;
  #state: LaneState;
  #numFailures = 0;
  #numRestarts = 0;
  #numRunning = 0;

  /**
   * @param options How to start a Worker.
   * @param link The first, which has loaded the model.
   */
  constructor(options: WorkerLinkOptions, link: WorkerLink) {
    this.#options = options;
    this.#state = { is: "ready", link, sinceMs: performance.now() };
    link.ended.then((why) => this.#replace(why));
  }

  /** Whether its Worker has loaded the model, is loading it, or is not there. */
  get state(): LaneState["is"] {
    return this.#state.is;
  }

  /** Workers started in the place of others. */
  get numRestarts(): number {
    return this.#numRestarts;
  }

  /** Requests that its Worker runs, or that wait for it. */
  get numRunning(): number {
    return this.#numRunning;
  }

  /**
   * Counts a request.
   *
   * @param prompt Its ids.
   * @returns To be disposed of when it has ended.
   */
  enter(prompt: readonly number[]): Disposable {
    this.#numRunning++;
    this.memory.add(prompt);
    return { [Symbol.dispose]: () => void this.#numRunning-- };
  }

  /**
   * Gets its Worker, waiting while that loads the model.
   *
   * @param signal Gives up waiting: the promise is rejected with its reason.
   * @returns The Worker.
   * @throws {ServiceError} If the model cannot be loaded, or could not and is not tried again yet (`workerLost`); if the
   *   lane is closed (`closing`).
   */
  async link(signal?: AbortSignal): Promise<WorkerLink> {
    const state = this.#state;
    if (state.is === "ready") return state.link;
    if (state.is === "closed") throw closingError();
    if (state.is === "loading") {
      signal?.throwIfAborted();
      const { link } = state;
      // That the model cannot be loaded any more is no fault of the request.
      const loaded = link.loaded.catch(async () => {
        throw await link.ended;
      });
      await abortable(loaded, signal);
      return link;
    }
    throw new ServiceError("workerLost", state.why.message, {
      cause: state.why.cause,
      retryAfterSeconds: Math.max(
        1,
        Math.ceil((state.untilMs - performance.now()) / 1000),
      ),
    });
  }

  /** Ends its Worker, which no other follows. */
  close(): void {
    const state = this.#state;
    this.#state = { is: "closed" };
    if (state.is === "resting") clearTimeout(state.timer);
    else if (state.is !== "closed") state.link.close(closingError());
  }

  #replace(why: ServiceError): void {
    const state = this.#state;
    if (state.is === "closed") return;
    const wasWell = state.is === "ready" &&
      performance.now() - state.sinceMs >= WELL_MS;
    this.#numFailures = wasWell ? 1 : this.#numFailures + 1;
    this.#numRestarts++;
    this.memory.clear();
    const delayMs = this.#numFailures === 1 ? 0 : Math.min(
      FIRST_DELAY_MS * 2 ** (this.#numFailures - 2),
      LAST_DELAY_MS,
    );
    // Clients are not told what has become of the device.
    this.#options.onRemark?.(
      `a worker has ended, and another loads the model ${
        delayMs === 0 ? "now" : `in ${delayMs / 1000} s`
      }: ${why.message}`,
    );
    if (delayMs === 0) {
      this.#start();
      return;
    }
    const untilMs = performance.now() + delayMs;
    const timer = setTimeout(() => this.#start(), delayMs);
    this.#state = { is: "resting", untilMs, timer, why };
  }

  #start(): void {
    const link = new WorkerLink(this.#options);
    this.#state = { is: "loading", link };
    link.loaded.then(() => {
      if (this.#state.is === "closed") return;
      this.#state = { is: "ready", link, sinceMs: performance.now() };
    }, () => {});
    link.ended.then((why) => this.#replace(why));
  }
}

function closingError(): ServiceError {
  return new ServiceError(
    "closing",
    "Cannot finish the request as the model must stay loaded: it is being closed",
  );
}

/** Waits for a promise, or for a signal that is still to come, whichever comes first. */
async function abortable(
  promise: Promise<unknown>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal?.reason);
  signal?.addEventListener("abort", abort);
  try {
    await Promise.race([promise, aborted]);
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}
