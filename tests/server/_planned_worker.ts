/**
 * A Worker without a model: each that is started does as the next line of a plan says. The file of the plan is what it is told
 * to load.
 *
 * - `load`: loads, and answers every call but one of the seed 0, at which it ends with an error.
 * - `refuse`: says that the model cannot be loaded.
 * - `die`: ends with an error while it loads.
 * - `wait`: goes on loading.
 *
 * @module
 */

/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />

import type { FromWorker, ToWorker } from "../../src/server/worker_protocol.ts";

function post(message: FromWorker): void {
  self.postMessage(message);
}

function nextStep(path: string): string | undefined {
  const [step, ...others] = Deno.readTextFileSync(path).split("\n");
  Deno.writeTextFileSync(path, others.join("\n"));
  return step;
}

self.addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  if (data.type === "load") {
    const step = nextStep(data.model);
    if (step === "die") throw new Error("died of the plan");
    if (step === "refuse") {
      const error = { name: "TypeError", message: "refused by the plan" };
      post({ type: "refused", error });
    }
    if (step === "load") {
      // Whoever reads the facts asks for their names alone.
      const facts = { deviceName: "planned" } as (FromWorker & {
        type: "loaded";
      })["facts"];
      post({ type: "loaded", facts });
    }
  } else if (data.type === "call") {
    if (data.call.name === "draftTree" && data.call.options.seed === 0) {
      throw new Error("killed by the call");
    }
    post({ type: "result", id: data.id, result: { nodes: [], next: 7 } });
  }
});
