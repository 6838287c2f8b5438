import { type Dispatch, encodeDispatches } from "./dispatch.ts";
import type { Gpu } from "./gpu.ts";

/** Launches of one pass, and where its times go. */
export interface Pass {
  /** Launches; later ones see what earlier ones wrote. */
  readonly dispatches: readonly Dispatch[];
  /** Queries that its beginning and end are written to. */
  readonly timestampWrites?: GPUComputePassTimestampWrites;
}

/**
 * Submits passes as one command buffer.
 *
 * @param gpu Device.
 * @param passes Passes; later ones see what earlier ones wrote.
 * @param finish Records what follows the last, such as copies.
 */
export function submitPasses(
  gpu: Gpu,
  passes: readonly Pass[],
  finish: (encoder: GPUCommandEncoder) => void,
): void {
  const encoder = gpu.device.createCommandEncoder();
  for (const { dispatches, ...times } of passes) {
    const pass = encoder.beginComputePass(times);
    encodeDispatches(pass, dispatches);
    pass.end();
  }
  finish(encoder);
  gpu.device.queue.submit([encoder.finish()]);
}
