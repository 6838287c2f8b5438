import type { NamedTensors } from "./named_tensor.ts";

/** Where training computes. */
export type TrainBackend = "wasm" | "webgpu";

/** All that a trainer needs to go on as if it had not stopped. */
export interface TrainerState {
  /** Steps made. */
  readonly step: number;
  /** Parameters by name, and their moments by `name` with `.moment1` and `.moment2` behind it. */
  readonly tensors: NamedTensors;
}

/** Fits parameters to batches, on one device. */
export interface Trainer<Batch, Losses, Evaluation> extends Disposable {
  /** Where it computes. */
  readonly backend: TrainBackend;
  /** Steps made or queued. */
  readonly numSteps: number;
  /**
   * Queues one step of the optimiser, and waits only while many are queued.
   *
   * @throws {RangeError} The batch is not of the trainer's sizes.
   */
  step(batch: Batch): Promise<void>;
  /** Waits for all queued steps; their losses' means since the last call. */
  losses(): Promise<Losses>;
  /**
   * Computes the losses of a batch, and leaves the parameters as they are.
   *
   * @throws {RangeError} The batch is not of the trainer's sizes.
   */
  evaluate(batch: Batch): Promise<Evaluation>;
  /** The parameters by the names that they have in checkpoints. */
  tensors(): Promise<NamedTensors>;
  /** What `restore` needs. */
  state(): Promise<TrainerState>;
  /**
   * Puts back what `state` gave.
   *
   * @throws {ReferenceError} A tensor is missing.
   * @throws {RangeError} A tensor has another shape.
   */
  restore(state: TrainerState): Promise<void>;
}
