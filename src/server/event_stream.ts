import type { Exchange } from "./exchange.ts";

/** Sends an event to the client. */
export type Send = (data: unknown) => void;

/** How long a client may read what was left to say when its time is over; then it is told how that ended, no more. */
const GRACE_MS = 5000;
/** Status of a response that was not read to its end, as servers log it. */
const STALLED = 499;
const ENCODER = new TextEncoder();
const HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, no-transform",
  // Proxies such as nginx would keep events back.
  "x-accel-buffering": "no",
} as const;

/**
 * Answers with server-sent events, as the OpenAI API streams: one of JSON each, and `[DONE]` behind the last.
 *
 * Events are kept until the client reads them, so that a slow one holds up nobody; there are never more than a model's
 * context has tokens. When the request's time is over, they are dropped soon: whoever reads on then finds the last, which
 * says so, behind what was on its way. What fails before the first event is thrown, and so becomes an answer with a
 * status; what fails behind it becomes an event.
 *
 * @param exchange The request; finished when the client has read all, or has gone.
 * @param run Sends the events.
 * @returns The response, when there is a first event.
 * @throws What `run` throws before it has sent any.
 */
export async function streamEvents(
  exchange: Exchange,
  run: (send: Send) => Promise<void>,
): Promise<Response> {
  const events = new EventQueue();
  const started = Promise.withResolvers<void>();
  let hasStarted = false;
  const send = (data: unknown): void => {
    events.push(JSON.stringify(data));
    hasStarted = true;
    started.resolve();
  };
  const finished = run(send).then(
    () => {
      events.push("[DONE]");
      started.resolve();
    },
    (error: unknown) => {
      if (!hasStarted) return started.reject(error);
      events.push(JSON.stringify(exchange.fail(error)));
    },
  );
  finished.finally(() => events.end());
  await started.promise;
  exchange.isStreaming = true;
  return new Response(readable(exchange, events), { headers: HEADERS });
}

function readable(
  exchange: Exchange,
  events: EventQueue,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const { signal } = exchange;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const finish = (status: number): void => {
    clearTimeout(timer);
    exchange.finish(status);
  };
  return new ReadableStream({
    start() {
      // A stream that fails would not reach a client that does not read either, and Deno would log it.
      const letGo = (): void => {
        events.drop();
        finish(STALLED);
      };
      signal.addEventListener("abort", () => {
        timer = setTimeout(letGo, GRACE_MS);
      }, { once: true });
    },
    async pull(controller) {
      const event = await events.next();
      if (event !== null) {
        controller.enqueue(ENCODER.encode(`data: ${event}\n\n`));
        return;
      }
      controller.close();
      finish(200);
    },
    cancel() {
      exchange.leave();
      finish(STALLED);
    },
  }, { highWaterMark: 0 });
}

/** Events that the client has not read. */
class EventQueue {
  readonly #events: string[] = [];
  #wake = Promise.withResolvers<void>();
  #isEnded = false;

  push(event: string): void {
    this.#events.push(event);
    this.#wake.resolve();
  }

  end(): void {
    this.#isEnded = true;
    this.#wake.resolve();
  }

  /** Keeps none but the last. */
  drop(): void {
    this.#events.splice(0, this.#events.length - 1);
  }

  /** Takes the first event, waiting for it; null at the end. */
  async next(): Promise<string | null> {
    while (this.#events.length === 0) {
      if (this.#isEnded) return null;
      await this.#wake.promise;
      this.#wake = Promise.withResolvers();
    }
    return this.#events.shift() ?? null;
  }
}
