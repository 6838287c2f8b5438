import { type Checkpoint, countStored } from "../checkpoint/mod.ts";
import { Gpu } from "../gpu/gpu.ts";

/** Parameters up to which a software adapter's threads take longer to wake than they save (SPEED.md). */
const MOST_INLINE = { twoCores: 5e6, more: 1e6 } as const;

/**
 * Opens the adapter for a model: a software one without threads where the model's launches are too small for them.
 *
 * @param checkpoint The model.
 * @returns The device.
 * @throws {GpuError} There is no adapter.
 */
export function openGpu(checkpoint: Checkpoint): Promise<Gpu> {
  const most = navigator.hardwareConcurrency <= 2
    ? MOST_INLINE.twoCores
    : MOST_INLINE.more;
  const { numParameters } = countStored(checkpoint);
  return Gpu.open({ isInline: numParameters <= most });
}
