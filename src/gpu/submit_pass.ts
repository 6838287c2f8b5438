import { type Dispatch, encodeDispatches } from "./dispatch.ts";
import type { Gpu } from "./gpu.ts";

/**
 * Submits launches as one command buffer with one pass.
 *
 * @param gpu Device.
 * @param dispatches Launches; later ones see what earlier ones wrote.
 * @param finish Records what follows the pass, such as copies.
 */
export function submitPass(
  gpu: Gpu,
  dispatches: readonly Dispatch[],
  finish: (encoder: GPUCommandEncoder) => void = () => {},
): void {
  const encoder = gpu.device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  encodeDispatches(pass, dispatches);
  pass.end();
  finish(encoder);
  gpu.device.queue.submit([encoder.finish()]);
}
