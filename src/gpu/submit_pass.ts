import type { Dispatch } from "./dispatch.ts";
import type { Gpu } from "./gpu.ts";
import { submitPasses } from "./submit_passes.ts";

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
  submitPasses(gpu, [{ dispatches }], finish);
}
