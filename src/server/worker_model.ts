import type { ServedModel } from "./served_model.ts";

/**
 * A model whose work runs in Workers. Where a Worker ends (its device is lost, memory does not suffice), what it ran fails with
 * a `ServiceError` of the kind `workerLost`, and a fresh one takes its place.
 */
export interface WorkerModel extends ServedModel, AsyncDisposable {
  /** Whether a Worker is there that has loaded the model. */
  readonly isReady: boolean;
  /** Requests that Workers run, or that wait for one to load the model. */
  readonly numRunning: number;
  /** Workers that were started because one had ended. */
  readonly numRestarts: number;
  /** Ends the Workers; what they run fails with a `ServiceError` of the kind `closing`. */
  [Symbol.asyncDispose](): Promise<void>;
}
