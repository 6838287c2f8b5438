/// <reference lib="deno.worker" />

/**
 * Says what the adapter is, from a thread of its own: a thread's first adapter decides whether a software one has threads.
 *
 * @module
 */

import type { AdapterDescription } from "../../src/gpu/adapter.ts";
import { Gpu } from "../../src/gpu/gpu.ts";

/**
 * Describes the adapter.
 *
 * @returns What it says of itself.
 * @throws {Error} If there is none.
 */
export async function describeAdapter(): Promise<AdapterDescription> {
  const worker = new Worker(import.meta.url, { type: "module" });
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
    });
  } finally {
    worker.terminate();
  }
}

if ("WorkerGlobalScope" in globalThis) {
  using gpu = await Gpu.open();
  self.postMessage(gpu.adapter);
}
