import type { Gpu } from "../gpu/gpu.ts";

/** As f16, f32 and bytes a finite number: speed does not depend on it. */
const FILL = 0x34;
const FILL_BYTES = 2 ** 22;

/**
 * Fills a buffer with some number: memory that was never written to may not be there.
 *
 * @param gpu Device.
 * @param buffer The buffer.
 */
export function fillBuffer(gpu: Gpu, buffer: GPUBuffer): void {
  const bytes = new Uint8Array(Math.min(FILL_BYTES, buffer.size)).fill(FILL);
  for (let first = 0; first < buffer.size; first += bytes.length) {
    const count = Math.min(bytes.length, buffer.size - first);
    gpu.device.queue.writeBuffer(buffer, first, bytes, 0, count);
  }
}
