import { fillBuffer } from "./fill_buffer.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { PassTimer } from "../gpu/pass_timer.ts";
import { plainCopy } from "./plain_copy.ts";
import { timePasses } from "../gpu/time_passes.ts";

/** Bytes that are copied: more than most caches hold. */
const COPY_BYTES = { software: 2 ** 26, hardware: 2 ** 28 } as const;
/** Times that they are; the shortest counts. */
const NUM_COPIES = 5;

/**
 * Measures how fast the device moves memory.
 *
 * Units: bytes a second, those read and those written.
 *
 * @param gpu Device.
 * @returns The speed, or null where the device has no clock.
 * @throws {GpuError} If memory runs out.
 */
export async function measureCopy(gpu: Gpu): Promise<number | null> {
  if (!gpu.hasTimestamps) return null;
  const wanted = COPY_BYTES[gpu.adapter.isSoftware ? "software" : "hardware"];
  const size = Math.min(wanted, gpu.maxBindingBytes);
  using buffers = new DisposableStack();
  const create = (label: string): GPUBuffer =>
    buffers.adopt(
      gpu.createBuffer(label, size),
      (buffer) => gpu.destroyBuffer(buffer),
    );
  const launch = await gpu.guard("allocate buffers to copy", () => {
    const [from, to] = [create("source"), create("target")];
    for (const buffer of [from, to]) fillBuffer(gpu, buffer);
    return plainCopy(gpu, [[from, to]]);
  });
  using timer = new PassTimer(gpu, NUM_COPIES);
  // The first ones compile, and wake the device.
  await timePasses(gpu, timer, [launch]);
  const passes = Array.from({ length: NUM_COPIES }, () => launch);
  const times = await timePasses(gpu, timer, passes);
  return 2 * size / Math.min(...times) * 1000;
}
