import type { Dispatch } from "./dispatch.ts";
import type { Gpu } from "./gpu.ts";
import type { PassTimer } from "./pass_timer.ts";
import { readBuffer } from "./read_buffer.ts";
import { submitPasses } from "./submit_passes.ts";

/**
 * Times passes by the device's clock, all in one submission.
 *
 * @param gpu Device.
 * @param timer A timer for as many passes.
 * @param passes Launches of each.
 * @returns Milliseconds of each.
 */
export async function timePasses(
  gpu: Gpu,
  timer: PassTimer,
  passes: readonly (readonly Dispatch[])[],
): Promise<readonly number[]> {
  const borders = gpu.createBuffer("borders", timer.maxBytes);
  submitPasses(
    gpu,
    timer.time(passes),
    (encoder) => timer.copyTo(encoder, borders, 0),
  );
  const at = timer.read(await readBuffer(gpu, borders), 0);
  gpu.destroyBuffer(borders);
  return passes.map((_, index) => (at[index + 1] ?? NaN) - (at[index] ?? NaN));
}
