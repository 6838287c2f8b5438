/**
 * The Workers' module, whose device or thread ends when it is asked for a certain seed.
 *
 * @module
 */

/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />

import { FAILING_SEEDS } from "./_failing_seeds.ts";
import type { ToWorker } from "../../src/server/worker_protocol.ts";

const devices: GPUDevice[] = [];
const { requestDevice } = GPUAdapter.prototype;
GPUAdapter.prototype.requestDevice = async function (...args) {
  const device = await requestDevice.apply(this, args);
  devices.push(device);
  return device;
};

/** Seeds of the generations, by their calls' numbers. */
const seeds = new Map<number, number | undefined>();

function destroyDevices(): void {
  for (const device of devices) device.destroy();
}

self.addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  if (data.type === "call" && data.call.name === "generate") {
    seeds.set(data.id, data.call.options.seed);
  }
  // The reader has a first piece of the answer.
  if (data.type !== "taken") return;
  const seed = seeds.get(data.id);
  if (seed === FAILING_SEEDS.device) destroyDevices();
  if (seed === FAILING_SEEDS.idle) setTimeout(destroyDevices, 2000);
  if (seed === FAILING_SEEDS.thread) throw new Error("killed");
});

await import("../../src/server/worker.ts");
