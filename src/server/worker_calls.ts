import {
  type Call,
  type FromWorker,
  MAX_CHUNKS_AHEAD,
} from "./worker_protocol.ts";
import type { Model } from "../decode/mod.ts";
import { toWireError } from "./wire_error.ts";

/** Runs what a Worker is asked to do on its model, side by side. */
export class WorkerCalls {
  readonly #model: Model;
  readonly #post: (message: FromWorker) => void;
  readonly #running = new Map<number, RunningCall>();

  /**
   * @param model The model.
   * @param post Tells the main thread.
   */
  constructor(model: Model, post: (message: FromWorker) => void) {
    this.#model = model;
    this.#post = post;
  }

  /**
   * Runs a call, and tells its chunks, then its result or error.
   *
   * @param id Number of the call.
   * @param call What is asked.
   */
  async run(id: number, call: Call): Promise<void> {
    const running = new RunningCall();
    this.#running.set(id, running);
    try {
      const result = await this.#call(call, { id, running });
      this.#post({ type: "result", id, result });
    } catch (error) {
      this.#post({ type: "failed", id, error: toWireError(error) });
    } finally {
      this.#running.delete(id);
    }
  }

  /**
   * Notes that the reader has taken a chunk.
   *
   * @param id Number of the call; of one that has ended, nothing is noted.
   */
  take(id: number): void {
    this.#running.get(id)?.take();
  }

  /**
   * Ends a call.
   *
   * @param id Number of the call; of one that has ended, nothing is done.
   */
  abort(id: number): void {
    this.#running.get(id)?.abort();
  }

  async #call(
    call: Call,
    to: { readonly id: number; readonly running: RunningCall },
  ): Promise<(FromWorker & { type: "result" })["result"]> {
    if (call.name === "embed") return await this.#model.embed(call.ids);
    const { prompt, options } = call;
    if (call.name === "draftTree") {
      return await this.#model.draftTree(prompt, options);
    }
    const { id, running } = to;
    const { signal } = running;
    const generation = this.#model.generate(prompt, { ...options, signal });
    for (;;) {
      const next = await generation.next();
      if (next.done) return next.value;
      this.#post({ type: "chunk", id, chunk: next.value });
      await running.send();
    }
  }
}

/** A call's signal, and how far its chunks are ahead of their reader. */
class RunningCall {
  readonly #controller = new AbortController();
  #numAhead = 0;
  #resume: (() => void) | null = null;

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Counts a chunk that was sent; kept when another may be. */
  async send(): Promise<void> {
    this.#numAhead++;
    if (this.#numAhead < MAX_CHUNKS_AHEAD || this.signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#resume = resolve;
    await promise;
  }

  take(): void {
    this.#numAhead--;
    this.#resume?.();
  }

  abort(): void {
    this.#controller.abort();
    this.#resume?.();
  }
}
