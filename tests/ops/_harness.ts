import type { Dispatch } from "../../src/gpu/dispatch.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import type { Elem } from "../../src/gpu/shader.ts";
import { submitPass } from "../../src/gpu/submit_pass.ts";

/** An array that a buffer is filled from or read into. */
export type Words =
  | Float16Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>;

/** The device of a test file. */
export class Harness implements Disposable {
  /** The device. */
  readonly gpu: Gpu;

  /** @param gpu Device, owned from here on. */
  constructor(gpu: Gpu) {
    this.gpu = gpu;
  }

  /** Number types that the device can compute with. */
  get elems(): readonly Elem[] {
    return this.gpu.hasF16 ? ["f32", "f16"] : ["f32"];
  }

  /** Lets ops cut their work as for a CPU's adapter, or as for a GPU's, whatever the adapter is. */
  pretend(kind: "CPU" | "GPU"): void {
    const adapter = { ...this.gpu.adapter, isSoftware: kind === "CPU" };
    Object.assign(this.gpu, { adapter });
  }

  /** @returns A new buffer that holds an array. */
  upload(array: Words): GPUBuffer {
    const buffer = this.empty(array.byteLength);
    this.write(buffer, array);
    return buffer;
  }

  /** @returns A new buffer of zeros. */
  empty(sizeBytes: number): GPUBuffer {
    return this.gpu.createBuffer("test", sizeBytes);
  }

  /** @returns A new uniform buffer that holds an array. */
  uniform(array: Words): GPUBuffer {
    const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;
    const buffer = this.gpu.createBuffer("test", array.byteLength, usage);
    this.write(buffer, array);
    return buffer;
  }

  /** Fills the beginning of a buffer. */
  write(buffer: GPUBuffer, array: Words): void {
    // Deno panics on an empty write.
    if (array.length === 0) return;
    // Writes must be whole words, which an odd number of 16-bit elements is not.
    const bytes = new Uint8Array(Math.ceil(array.byteLength / 4) * 4);
    bytes.set(
      new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
    );
    this.gpu.device.queue.writeBuffer(buffer, 0, bytes);
  }

  /** Runs launches in one pass; `list` is called where what it compiles is checked. */
  async run(list: () => readonly Dispatch[]): Promise<void> {
    await this.gpu.guard(
      "run a test's launches",
      () => submitPass(this.gpu, list()),
    );
  }

  /** @returns The array, filled from the beginning of a buffer. */
  async read<T extends Words>(buffer: GPUBuffer, into: T): Promise<T> {
    await this.readAll([[buffer, into]]);
    return into;
  }

  /** Fills arrays from the beginnings of buffers; a read-back takes 10 ms, of however many. */
  async readAll(
    reads: readonly (readonly [buffer: GPUBuffer, into: Words])[],
  ): Promise<void> {
    let size = 0;
    const parts = reads.map(([buffer, { byteLength }]) => {
      const part = {
        buffer,
        offset: size,
        size: Math.ceil(byteLength / 4) * 4,
      };
      size += part.size;
      return part;
    });
    const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
    const staging = this.gpu.createBuffer("test staging", size, usage);
    submitPass(this.gpu, [], (encoder) => {
      for (const { buffer, offset, size } of parts) {
        encoder.copyBufferToBuffer(buffer, 0, staging, offset, size);
      }
    });
    await staging.mapAsync(GPUMapMode.READ);
    const bytes = new Uint8Array(staging.getMappedRange());
    reads.forEach(([, into], index) => {
      const offset = parts[index]?.offset ?? 0;
      new Uint8Array(into.buffer, into.byteOffset, into.byteLength)
        .set(bytes.subarray(offset, offset + into.byteLength));
    });
    staging.unmap();
    this.gpu.destroyBuffer(staging);
  }

  /** Frees every buffer and the device. */
  [Symbol.dispose](): void {
    this.gpu[Symbol.dispose]();
  }
}

/** @returns A device that all tests of a file share, freed after the last of them. */
export async function openHarness(): Promise<Harness> {
  const harness = new Harness(await Gpu.open());
  Deno.test.afterAll(() => harness[Symbol.dispose]());
  return harness;
}

/** Registers a test twice: with work cut as for a CPU's adapter, and as for a GPU's. */
export function testBothCuts(
  harness: Harness,
  name: string,
  action: () => void | Promise<void>,
): void {
  const { isSoftware } = harness.gpu.adapter;
  for (const kind of ["CPU", "GPU"] as const) {
    Deno.test(`${name}, cut as for a ${kind}`, async () => {
      harness.pretend(kind);
      try {
        await action();
      } finally {
        harness.pretend(isSoftware ? "CPU" : "GPU");
      }
    });
  }
}
