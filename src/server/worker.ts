/**
 * Module of the Workers that run a model, for `openWorkerModel`.
 *
 * @module
 */

/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />

import {
  fromWireSource,
  type FromWorker,
  type ToWorker,
} from "./worker_protocol.ts";
import { loadModel } from "../decode/mod.ts";
import { toWireError } from "./wire_error.ts";
import { WorkerCalls } from "./worker_calls.ts";

function post(message: FromWorker): void {
  self.postMessage(message);
}

/** The model's calls, as soon as it is loaded. */
let calls: WorkerCalls | null = null;

async function load(
  { model, options }: ToWorker & { type: "load" },
): Promise<void> {
  try {
    const { draft, ...others } = options;
    const loaded = await loadModel(fromWireSource(model), {
      ...others,
      ...draft === undefined ? {} : { draft: fromWireSource(draft) },
      onProgress: (progress) => post({ type: "progress", progress }),
      onRemark: (text) => post({ type: "remark", text }),
    });
    calls = new WorkerCalls(loaded, post);
    loaded.lost.then((error) =>
      post({ type: "lost", error: toWireError(error) })
    );
    const { config, contextLength, dtype, drafter, deviceName } = loaded;
    const facts = { config, contextLength, dtype, drafter, deviceName };
    post({ type: "loaded", facts });
  } catch (error) {
    post({ type: "refused", error: toWireError(error) });
  }
}

self.addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  if (data.type === "load") load(data);
  else if (data.type === "call") calls?.run(data.id, data.call);
  else if (data.type === "taken") calls?.take(data.id);
  else calls?.abort(data.id);
});
