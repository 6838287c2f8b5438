import type { Gpu } from "../gpu/gpu.ts";

/** Milliseconds that a first load may take on a GPU. */
const GPU_MS = 2000;

/**
 * Says how long a load may look for the fastest cuts of products.
 *
 * @param gpu Device.
 * @param asked What was asked for. Default: none on a software adapter, where the rule was measured.
 * @returns Milliseconds.
 * @throws {RangeError} If it is no time.
 */
export function resolveTuneMs(gpu: Gpu, asked: number | undefined): number {
  if (asked === undefined) return gpu.adapter.isSoftware ? 0 : GPU_MS;
  if (Number.isFinite(asked) && asked >= 0) return asked;
  throw new RangeError(
    `Cannot load the model as "tuneMs" must be a number of at least 0: ${asked}`,
  );
}
