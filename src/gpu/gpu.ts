import {
  type AdapterDescription,
  describeAdapter,
  requestAdapter,
} from "./adapter.ts";
import { GpuError } from "./gpu_error.ts";
import { KernelCache } from "./kernel_cache.ts";
import { requestInline } from "./inline_launches.ts";

/** How long the news of a lost device may come behind what fails by it. */
const LOSS_MS = 100;

/** A WebGPU device with its kernels; owns every buffer made through it. */
export class Gpu implements Disposable {
  /** The device. */
  readonly device: GPUDevice;
  /** What the adapter says of itself. */
  readonly adapter: AdapterDescription;
  /** Compiled kernels. */
  readonly kernels: KernelCache;
  /** Largest piece of a buffer that one binding can show to a kernel, in bytes. */
  readonly maxBindingBytes: number;
  readonly #buffers = new Set<GPUBuffer>();
  #numBytes = 0;
  /** Kept when the device is lost, with what every use of it fails with from then on. */
  readonly lost: Promise<GpuError>;
  #lost: GpuError | null = null;

  private constructor(
    device: GPUDevice,
    facts: {
      readonly adapter: AdapterDescription;
      readonly maxBindingBytes: number;
    },
  ) {
    const { adapter } = facts;
    this.device = device;
    this.adapter = adapter;
    this.maxBindingBytes = facts.maxBindingBytes;
    this.kernels = new KernelCache(device);
    this.lost = device.lost.then((lost) => {
      this.#lost = new GpuError(
        "device-lost",
        `Cannot use ${adapter.name} as its device must be alive: ${lost.message}`,
      );
      return this.#lost;
    });
  }

  /**
   * Opens the system's adapter with its features and highest limits.
   *
   * @param options A lower limit than the adapter's on what one binding can show, in bytes; and whether launches are so
   *   small that a software adapter shall wake no threads for them, which a thread's first adapter decides.
   * @returns The device.
   * @throws {GpuError} If there is no adapter.
   */
  static async open(
    options: {
      readonly maxBindingBytes?: number;
      readonly isInline?: boolean;
    } = {},
  ): Promise<Gpu> {
    const { adapter, isInline } = await requestInline(
      options.isInline ?? false,
      requestAdapter,
    );
    const features = [...adapter.features];
    const wanted: GPUFeatureName[] = ["shader-f16", "timestamp-query"];
    const device = await adapter.requestDevice({
      requiredFeatures: wanted.filter((name) => adapter.features.has(name)),
      requiredLimits: {
        maxBufferSize: adapter.limits.maxBufferSize,
        maxStorageBufferBindingSize: adapter.limits.maxStorageBufferBindingSize,
        maxStorageBuffersPerShaderStage:
          adapter.limits.maxStorageBuffersPerShaderStage,
        maxComputeWorkgroupStorageSize:
          adapter.limits.maxComputeWorkgroupStorageSize,
      },
    });
    const { maxBufferSize, maxStorageBufferBindingSize } = device.limits;
    return new Gpu(device, {
      adapter: describeAdapter(adapter, { features, isInline }),
      maxBindingBytes: Math.min(
        maxBufferSize,
        maxStorageBufferBindingSize,
        options.maxBindingBytes ?? Infinity,
      ),
    });
  }

  /** Whether shaders can use 16-bit floats. */
  get hasF16(): boolean {
    return this.device.features.has("shader-f16");
  }

  /** Whether passes can be timed on the device. */
  get hasTimestamps(): boolean {
    return this.device.features.has("timestamp-query");
  }

  /** Bytes of all live buffers. */
  get allocatedBytes(): number {
    return this.#numBytes;
  }

  /** Number of live buffers. */
  get numBuffers(): number {
    return this.#buffers.size;
  }

  /**
   * Allocates a buffer, zeroed.
   *
   * @param label Name in messages.
   * @param sizeBytes Size, rounded up to 16 bytes.
   * @param usage Usage flags; default: storage that can be copied from and to.
   * @returns The buffer.
   * @throws {RangeError} If it is larger than the device allows.
   */
  createBuffer(
    label: string,
    sizeBytes: number,
    usage: number = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC |
      GPUBufferUsage.COPY_DST,
  ): GPUBuffer {
    const isStorage = (usage & GPUBufferUsage.STORAGE) !== 0;
    const limit = isStorage
      ? this.maxBindingBytes
      : this.device.limits.maxBufferSize;
    const size = Math.max(16, Math.ceil(sizeBytes / 16) * 16);
    if (size > limit) {
      throw new RangeError(
        `Cannot allocate "${label}" as a buffer of this device must be at most ${limit} bytes: needs ${size}`,
      );
    }
    const buffer = this.device.createBuffer({ label, size, usage });
    this.#buffers.add(buffer);
    this.#numBytes += size;
    return buffer;
  }

  /**
   * Frees a buffer.
   *
   * @param buffer A buffer that {@linkcode Gpu.createBuffer} made.
   */
  destroyBuffer(buffer: GPUBuffer): void {
    if (!this.#buffers.delete(buffer)) return;
    this.#numBytes -= buffer.size;
    buffer.destroy();
  }

  /**
   * Runs an allocating or compiling action and waits until the device has accepted it.
   *
   * @param label What is being done, for the message.
   * @param action The action; what it does later is not guarded.
   * @returns What the action returns.
   * @throws {GpuError} If the device runs out of memory or is lost.
   * @throws {SyntaxError} If the device refuses what was asked, such as a shader that does not compile.
   */
  async guard<T>(label: string, action: () => T): Promise<T> {
    this.throwIfLost();
    this.device.pushErrorScope("validation");
    this.device.pushErrorScope("out-of-memory");
    const numKernels = this.kernels.size;
    let result: T;
    let errors: Promise<readonly (GPUError | null)[]>;
    try {
      result = action();
    } finally {
      // Both are popped before anything is awaited: scopes are a stack that all callers share.
      const { device } = this;
      errors = Promise.all([device.popErrorScope(), device.popErrorScope()]);
    }
    const [memoryError, validationError] = await errors;
    if (memoryError) {
      throw new GpuError(
        "out-of-memory",
        `Cannot ${label} as it must fit in the memory of ${this.adapter.name}: ${
          (this.#numBytes / 2 ** 20).toFixed(0)
        } MiB wanted in all`,
      );
    }
    if (validationError) {
      this.kernels.truncate(numKernels);
      throw new SyntaxError(`Cannot ${label}: ${validationError.message}`);
    }
    return result;
  }

  /** @throws {GpuError} If the device was lost. */
  throwIfLost(): void {
    if (this.#lost !== null) throw this.#lost;
  }

  /**
   * Finds out whether something failed since the device was lost, which WebGPU tells later.
   *
   * @param error What was thrown.
   * @returns The loss as a `GpuError`, or else the error.
   */
  async explain(error: unknown): Promise<unknown> {
    if (error instanceof DOMException) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, LOSS_MS);
      await Promise.race([this.lost, promise]);
      clearTimeout(timer);
    }
    return this.#lost ?? error;
  }

  /** Frees every buffer and the device. */
  [Symbol.dispose](): void {
    for (const buffer of this.#buffers) buffer.destroy();
    this.#buffers.clear();
    this.#numBytes = 0;
    this.device.destroy();
  }
}
