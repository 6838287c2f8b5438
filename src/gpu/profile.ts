import { type Dispatch, encodeDispatches } from "./dispatch.ts";
import type { Gpu } from "./gpu.ts";
import { readBuffer } from "./read_buffer.ts";

/** Time that one kernel took. */
export interface KernelTime {
  /** Name of the kernel. */
  readonly name: string;
  /** Launches. */
  readonly count: number;
  /** Milliseconds on the device, of all launches. */
  readonly ms: number;
}

const MAX_QUERIES = 4096;

/**
 * Times launches on the device, each in a pass of its own, and adds them up by kernel.
 *
 * Units: milliseconds of the device's timestamps.
 *
 * @param gpu Device with timestamps.
 * @param dispatches Launches, at most 2048.
 * @returns Times by kernel, the longest first.
 * @throws {RangeError} If there are too many launches, or the device has no timestamps.
 */
export async function profileDispatches(
  gpu: Gpu,
  dispatches: readonly Dispatch[],
): Promise<readonly KernelTime[]> {
  const count = dispatches.length * 2;
  if (!gpu.hasTimestamps || count > MAX_QUERIES) {
    throw new RangeError(
      `Cannot profile as the device must have timestamps for ${count} of at most ${MAX_QUERIES} queries`,
    );
  }
  const { device } = gpu;
  const querySet = device.createQuerySet({ type: "timestamp", count });
  const resolved = gpu.createBuffer(
    "timestamps",
    count * 8,
    GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
  );
  const encoder = device.createCommandEncoder();
  dispatches.forEach((dispatch, index) => {
    const pass = encoder.beginComputePass({
      timestampWrites: {
        querySet,
        beginningOfPassWriteIndex: index * 2,
        endOfPassWriteIndex: index * 2 + 1,
      },
    });
    encodeDispatches(pass, [dispatch]);
    pass.end();
  });
  encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
  device.queue.submit([encoder.finish()]);
  const times = new BigUint64Array(await readBuffer(gpu, resolved));
  querySet.destroy();
  gpu.destroyBuffer(resolved);
  return sumByKernel(dispatches, times);
}

function sumByKernel(
  dispatches: readonly Dispatch[],
  times: BigUint64Array,
): readonly KernelTime[] {
  const sums = new Map<string, KernelTime>();
  dispatches.forEach(({ kernel: { name } }, index) => {
    const start = times[index * 2] ?? 0n;
    const end = times[index * 2 + 1] ?? 0n;
    const { count, ms } = sums.get(name) ?? { count: 0, ms: 0 };
    sums.set(name, {
      name,
      count: count + 1,
      ms: ms + Number(end - start) / 1e6,
    });
  });
  return [...sums.values()].sort((a, b) => b.ms - a.ms);
}
