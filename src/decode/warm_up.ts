import type { Gpu } from "../gpu/gpu.ts";
import type { Kernel } from "../gpu/kernel_cache.ts";
import type { Session } from "./session.ts";
import { writeIdle } from "./session_buffers.ts";
import { submitPass } from "../gpu/submit_pass.ts";

/**
 * Compiles the kernels that a session can need, by running its passes over no rows: many drivers compile only at the first
 * launch.
 *
 * @param gpu Device.
 * @param session A session in which no generation runs.
 * @param options Called after each step, with the number of steps; and gears that may be needed besides plain decoding
 *   (default: all).
 * @throws {SyntaxError} If a kernel does not compile.
 * @throws {GpuError} If the device fails.
 */
export async function warmUp(
  gpu: Gpu,
  session: Session,
  options: {
    readonly onProgress: (done: number, total: number) => void;
    readonly gears?: readonly number[];
  },
): Promise<void> {
  // An abandoned generation may have left rows behind.
  writeIdle(gpu, session.buffers);
  const steps = session.steps(options.gears);
  const compiled = new Set<Kernel>();
  for (const [index, step] of steps.entries()) {
    await gpu.guard("compile the kernels", () => {
      const dispatches = step().filter(({ kernel }) => !compiled.has(kernel));
      submitPass(gpu, dispatches);
      for (const { kernel } of dispatches) compiled.add(kernel);
    });
    options.onProgress(index + 1, steps.length);
  }
  await gpu.device.queue.onSubmittedWorkDone();
}
