import type { AccessRecord } from "./access_record.ts";
import { ApiError } from "./api_error.ts";
import { ServiceError } from "./service_error.ts";
import { toApiError } from "./to_api_error.ts";

/** What an exchange is given besides the request. */
export interface ExchangeOptions {
  /** Milliseconds that it may take. */
  readonly deadlineMs: number;
  /** Called when the response is whole. */
  readonly onFinish: (exchange: Exchange, status: number) => void;
  /** Called with what failed by the service's own fault. */
  readonly onError: (error: unknown, requestId: string) => void;
}

/** What is told of a request besides how it was answered. */
export type ExchangeNotes = {
  -readonly [
    Name in keyof Omit<
      AccessRecord,
      "time" | "requestId" | "method" | "path" | "status" | "durationMs"
    >
  ]: AccessRecord[Name];
};

/** Status of a request whose client did not wait for the answer, as servers log it. */
const CLIENT_GONE = 499;
/** What a client may name its request. */
const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** One request on its way to an answer: its id, its end, and what is noted of it. */
export class Exchange {
  /** The request. */
  readonly request: Request;
  /** Its address. */
  readonly url: URL;
  /** The client's name for it (`x-request-id`), or a random one. */
  readonly id: string;
  /** Aborted when the client goes away or the time is over; its reason is what to answer. */
  readonly signal: AbortSignal;
  /** What was asked for, as metrics name it. */
  route = "other";
  /** What is told of it. */
  readonly notes: ExchangeNotes = {};
  /** The response is sent piece by piece, and whoever does that calls {@linkcode finish}. */
  isStreaming = false;
  /** To be called when the client has gone away. */
  readonly leave = (): void =>
    this.#cancel.abort(
      new ApiError("The client went away.", {
        status: CLIENT_GONE,
        code: "client_closed_request",
      }),
    );
  readonly #cancel = new AbortController();
  readonly #options: ExchangeOptions;
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #time = new Date();
  readonly #startMs = performance.now();
  #isFinished = false;

  /**
   * Begins an exchange.
   *
   * @param request The request.
   * @param options How long it may take, and what to call.
   */
  constructor(request: Request, options: ExchangeOptions) {
    const { deadlineMs } = options;
    this.#options = options;
    this.request = request;
    this.url = new URL(request.url);
    const named = request.headers.get("x-request-id") ?? "";
    this.id = REQUEST_ID.test(named) ? named : `req_${crypto.randomUUID()}`;
    this.signal = this.#cancel.signal;
    this.#timer = setTimeout(
      () =>
        this.#cancel.abort(
          new ServiceError(
            "deadline",
            `Cannot finish the request as it must take at most ${deadlineMs} ms`,
          ),
        ),
      deadlineMs,
    );
    request.signal.addEventListener("abort", this.leave);
    if (request.signal.aborted) this.leave();
  }

  /** Milliseconds since the request came. */
  get elapsedMs(): number {
    return performance.now() - this.#startMs;
  }

  /**
   * Ends the exchange: the response is whole.
   *
   * @param status Its status.
   */
  finish(status: number): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    clearTimeout(this.#timer);
    // Deno aborts the request's signal when the response has been sent, too, unless told not to.
    this.request.signal.removeEventListener("abort", this.leave);
    this.#options.onFinish(this, status);
  }

  /**
   * Notes that the request failed.
   *
   * @param error What was thrown.
   * @returns What to answer.
   */
  fail(error: unknown): ApiError {
    const failure = toApiError(error);
    this.notes.errorCode = failure.code;
    if (failure.isOwnFault) this.#options.onError(error, this.id);
    return failure;
  }

  /** What is known of it when its response is whole. */
  record(status: number): AccessRecord {
    return {
      time: this.#time.toISOString(),
      requestId: this.id,
      method: this.request.method,
      path: this.url.pathname,
      status,
      durationMs: Math.round(this.elapsedMs * 10) / 10,
      ...this.notes,
    };
  }
}
