import type {
  Call,
  Calls,
  FromWorker,
  ModelFacts,
  ToWorker,
} from "./worker_protocol.ts";
import { fromWireError } from "./wire_error.ts";
import { type Chunk, GpuError, type LoadProgress } from "../decode/mod.ts";
import { ServiceError } from "./service_error.ts";

/** How a Worker is started. */
export interface WorkerLinkOptions {
  /** Module that it runs. */
  readonly url: URL;
  /** What it is to load. */
  readonly load: ToWorker & { readonly type: "load" };
  /** Called as loading goes on. */
  readonly onProgress: ((progress: LoadProgress) => void) | undefined;
  /** Called with what a user should know. */
  readonly onRemark: ((text: string) => void) | undefined;
}

/** Who waits for a call's answer. */
interface Pending {
  readonly onChunk: (chunk: Chunk) => void;
  readonly resolve: (result: Calls[keyof Calls]["result"]) => void;
  readonly reject: (reason: unknown) => void;
}

/** One Worker, from its start to its end. */
export class WorkerLink {
  /**
   * Kept when the Worker has loaded the model, with what is known of it; rejected with the loading's own error, or with that
   * of the Worker's end.
   */
  readonly loaded: Promise<ModelFacts>;
  /** Kept when the Worker has ended, with what its calls failed with. */
  readonly ended: Promise<ServiceError>;
  readonly #worker: Worker;
  readonly #options: WorkerLinkOptions;
  readonly #pending = new Map<number, Pending>();
  readonly #loading = Promise.withResolvers<ModelFacts>();
  readonly #ending = Promise.withResolvers<ServiceError>();
  #end: ServiceError | null = null;
  #numCalls = 0;

  /** @param options How to start the Worker. */
  constructor(options: WorkerLinkOptions) {
    this.#options = options;
    this.loaded = this.#loading.promise;
    this.ended = this.#ending.promise;
    // Who only waits for the end need not wait for the model.
    this.loaded.catch(() => {});
    this.#worker = new Worker(options.url, { type: "module" });
    this.#worker.onmessage = ({ data }) => this.#receive(data);
    this.#worker.onmessageerror = () =>
      this.#lose("what it says cannot be read");
    this.#worker.onerror = (event) => {
      // Else the error would end this thread too.
      event.preventDefault();
      this.#lose(event.message);
    };
    this.#post(options.load);
  }

  /** Calls that are under way. */
  get numPending(): number {
    return this.#pending.size;
  }

  /**
   * Asks the model something.
   *
   * @param call What.
   * @param onChunk Called with each chunk, for which {@linkcode StartedCall.take} is to be called when it is read.
   * @returns The call.
   */
  call<Name extends keyof Calls>(
    call: Call & { readonly name: Name },
    onChunk: (chunk: Chunk) => void = () => {},
  ): StartedCall<Calls[Name]["result"]> {
    const { promise, resolve, reject } = Promise.withResolvers<
      Calls[Name]["result"]
    >();
    // Who has left does not hear how it ended.
    promise.catch(() => {});
    const id = this.#numCalls++;
    if (this.#end === null) {
      this.#post({ type: "call", id, call });
      this.#pending.set(id, {
        onChunk,
        reject,
        resolve: (result) => resolve(result as Calls[Name]["result"]),
      });
    } else {
      reject(this.#end);
    }
    return {
      result: promise,
      take: () => this.#tell({ type: "taken", id }),
      abort: () => this.#tell({ type: "abort", id }),
    };
  }

  /**
   * Ends the Worker, whatever it does.
   *
   * @param error What its calls fail with.
   */
  close(error: ServiceError): void {
    if (this.#end !== null) return;
    this.#end = error;
    this.#worker.terminate();
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
    this.#loading.reject(error);
    this.#ending.resolve(error);
  }

  #lose(message: string, cause?: unknown): void {
    const text =
      `Cannot finish the request as its worker must run on: ${message}`;
    this.close(new ServiceError("workerLost", text, { cause }));
  }

  /** Tells the Worker something of a call that is under way. */
  #tell(message: ToWorker & { readonly id: number }): void {
    if (this.#pending.has(message.id)) this.#post(message);
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case "progress":
        this.#options.onProgress?.(message.progress);
        break;
      case "remark":
        this.#options.onRemark?.(message.text);
        break;
      case "loaded":
        this.#loading.resolve(message.facts);
        break;
      case "refused":
        this.#refuse(fromWireError(message.error));
        break;
      case "lost":
        this.#lose(message.error.message, fromWireError(message.error));
        break;
      case "chunk":
        this.#pending.get(message.id)?.onChunk(message.chunk);
        break;
      case "result":
        this.#pending.get(message.id)?.resolve(message.result);
        this.#pending.delete(message.id);
        break;
      case "failed":
        this.#fail(message.id, fromWireError(message.error));
    }
  }

  #refuse(error: Error): void {
    this.#loading.reject(error);
    this.#lose(error.message, error);
  }

  #fail(id: number, error: Error): void {
    // A device that has failed once serves nobody: all of its calls end.
    if (error instanceof GpuError) {
      this.#lose(error.message, error);
      return;
    }
    this.#pending.get(id)?.reject(error);
    this.#pending.delete(id);
  }
}

/** A call that a Worker runs. */
export interface StartedCall<Result> {
  /** Its answer; rejected with the model's own error, or a `ServiceError` where the Worker ends. */
  readonly result: Promise<Result>;
  /** Says that a chunk has been read, so that another may be sent. */
  take(): void;
  /** Says that no more is wanted: a generation ends with what it has done. */
  abort(): void;
}
