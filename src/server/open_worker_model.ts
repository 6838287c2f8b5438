import type { LoadOptions } from "../decode/mod.ts";
import type { WorkerModel } from "./worker_model.ts";

/** Options of {@linkcode openWorkerModel}. */
export interface WorkerModelOptions {
  /** Name that clients use. */
  readonly id: string;
  /** Which model to load, as `loadModel` takes it, and how. */
  readonly load: LoadOptions & { readonly model?: string | URL | undefined };
  /** Workers, each with the whole model on a device of its own. Default: 1. */
  readonly workers?: number;
  /** Module that the Workers run. Default: the one that comes with the package. */
  readonly workerUrl?: URL;
}

export declare function openWorkerModel(
  options: WorkerModelOptions,
): Promise<WorkerModel>;
