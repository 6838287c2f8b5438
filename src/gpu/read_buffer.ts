import type { Gpu } from "./gpu.ts";

/**
 * Copies a buffer to the host, after everything submitted so far has run.
 *
 * @param gpu Device.
 * @param buffer Buffer that can be copied from.
 * @param sizeBytes Bytes to copy, a multiple of 4. Default: all.
 * @returns The bytes.
 */
export async function readBuffer(
  gpu: Gpu,
  buffer: GPUBuffer,
  sizeBytes: number = buffer.size,
): Promise<ArrayBuffer> {
  const staging = gpu.createBuffer(
    `read-back of ${buffer.label}`,
    sizeBytes,
    GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  );
  const encoder = gpu.device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, staging, 0, sizeBytes);
  gpu.device.queue.submit([encoder.finish()]);
  try {
    await staging.mapAsync(GPUMapMode.READ);
    return staging.getMappedRange().slice(0, sizeBytes);
  } finally {
    gpu.destroyBuffer(staging);
  }
}
