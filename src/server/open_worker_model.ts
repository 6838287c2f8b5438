import { DEFAULT_MODEL, type LoadOptions } from "../decode/mod.ts";
import { LanesModel } from "./lanes_model.ts";
import { type ModelFacts, toWireSource } from "./worker_protocol.ts";
import { openModelFiles } from "../decode/model_files.ts";
import { type PullProgress, resolveModel } from "../checkpoint/mod.ts";
import { WorkerLane } from "./worker_lane.ts";
import { WorkerLink, type WorkerLinkOptions } from "./worker_link.ts";
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

const WORKER_URL = new URL("./worker.ts", import.meta.url);

/**
 * Loads a model in Workers, so that waiting for the device blocks no thread but theirs. Tokenizer and chat template
 * are in this thread.
 *
 * Where a Worker ends, its requests fail with a `ServiceError` of the kind `workerLost`, and another loads the model
 * anew: at once after one that had run for a minute, else with growing delays. Requests wait while it loads, and fail
 * during the delays.
 *
 * @param options Which model, and how many Workers.
 * @returns The model.
 * @throws As `loadModel` does; `ServiceError` if a Worker ends before it has loaded the model.
 */
export async function openWorkerModel(
  options: WorkerModelOptions,
): Promise<WorkerModel> {
  const { id, workers = 1, workerUrl = WORKER_URL } = options;
  if (!Number.isInteger(workers) || workers < 1) {
    throw new RangeError(
      `Cannot load the model as "workers" must be an integer of at least 1: ${workers}`,
    );
  }
  const { model = DEFAULT_MODEL, draft, onProgress, onRemark, ...others } =
    options.load;
  // Here and not in the Workers, so that all of them run what is tokenized here.
  const pull = {
    onRemark,
    onProgress: (progress: PullProgress) =>
      onProgress?.({ phase: "download", ...progress }),
  };
  const source = await resolveModel(model, pull);
  const drafter = draft && toWireSource(await resolveModel(draft, pull));
  using files = await openModelFiles(source);
  const { tokenizer, chatTemplate } = files;
  const { first, lanes } = await openLanes(workers, {
    url: workerUrl,
    load: {
      type: "load",
      model: toWireSource(source),
      options: drafter === undefined ? others : { ...others, draft: drafter },
    },
    onProgress,
    onRemark,
  });
  return new LanesModel({ id, tokenizer, chatTemplate, lanes, ...first });
}

/** Opens one lane after the other, as loading measures what rounds cost on the device. */
async function openLanes(
  numLanes: number,
  options: WorkerLinkOptions,
): Promise<{
  readonly first: ModelFacts;
  readonly lanes: readonly [WorkerLane, ...WorkerLane[]];
}> {
  const link = new WorkerLink(options);
  const first = await link.loaded;
  const lanes: [WorkerLane, ...WorkerLane[]] = [new WorkerLane(options, link)];
  try {
    while (lanes.length < numLanes) {
      const next = new WorkerLink(options);
      await next.loaded;
      lanes.push(new WorkerLane(options, next));
    }
  } catch (error) {
    for (const lane of lanes) lane.close();
    throw error;
  }
  return { first, lanes };
}
