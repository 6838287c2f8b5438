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

function seedOf(message: ToWorker): number | undefined {
  return message.type === "call" && message.call.name === "generate"
    ? message.call.options.seed
    : undefined;
}

self.addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  const seed = seedOf(data);
  if (seed === FAILING_SEEDS.device || seed === FAILING_SEEDS.idle) {
    const delayMs = seed === FAILING_SEEDS.idle ? 2000 : 100;
    setTimeout(() => devices.forEach((device) => device.destroy()), delayMs);
  }
  if (seed === FAILING_SEEDS.thread) {
    setTimeout(() => {
      throw new Error("killed");
    }, 100);
  }
});

await import("../../src/server/worker.ts");
