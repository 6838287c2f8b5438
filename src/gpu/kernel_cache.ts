import { assembleShader, type Elem, type KernelConstants } from "./shader.ts";

/** How a kernel uses one of its buffers. */
export type BindingKind = "uniform" | "read" | "write";

/** A compiled kernel. */
export interface Kernel {
  /** Name of its file. */
  readonly name: string;
  /** What to run. */
  readonly pipeline: GPUComputePipeline;
  /** Shape of its bind group; equal for all kernels with the same kinds of bindings. */
  readonly layout: GPUBindGroupLayout;
}

const LAYOUT_TYPES: Readonly<Record<BindingKind, GPUBufferBindingType>> = {
  uniform: "uniform",
  read: "read-only-storage",
  write: "storage",
};

/** Compiles kernels once each for a device. */
export class KernelCache {
  readonly #device: GPUDevice;
  readonly #kernels = new Map<string, Kernel>();
  readonly #layouts = new Map<string, GPUBindGroupLayout>();

  /** @param device Device to compile for. */
  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Kernels compiled so far. */
  get size(): number {
    return this.#kernels.size;
  }

  /**
   * Gets a compiled kernel, compiling it when first asked for.
   *
   * @param name File name of the kernel, without extension.
   * @param options Number type, constants and bindings of the kernel.
   * @returns The compiled kernel.
   * @throws {ReferenceError} If there is no such kernel.
   * @throws {Error} Through the device's error scope if the WGSL does not compile.
   */
  get(
    name: string,
    options: {
      readonly elem: Elem;
      readonly constants: KernelConstants;
      readonly bindings: readonly BindingKind[];
    },
  ): Kernel {
    const key = JSON.stringify([name, options.elem, options.constants]);
    const found = this.#kernels.get(key);
    if (found !== undefined) return found;
    const layout = this.#layout(options.bindings);
    const module = this.#device.createShaderModule({
      label: name,
      code: assembleShader(name, options.elem, options.constants),
    });
    const pipeline = this.#device.createComputePipeline({
      label: name,
      layout: this.#device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: "main" },
    });
    const kernel: Kernel = { name, pipeline, layout };
    this.#kernels.set(key, kernel);
    return kernel;
  }

  /**
   * Forgets the kernels that were compiled last, such as those of an attempt that failed.
   *
   * @param size How many to keep.
   */
  truncate(size: number): void {
    for (const key of [...this.#kernels.keys()].slice(size)) {
      this.#kernels.delete(key);
    }
  }

  #layout(bindings: readonly BindingKind[]): GPUBindGroupLayout {
    const key = bindings.join();
    let layout = this.#layouts.get(key);
    if (layout === undefined) {
      layout = this.#device.createBindGroupLayout({
        entries: bindings.map((kind, binding) => ({
          binding,
          visibility: GPUShaderStage.COMPUTE,
          buffer: { type: LAYOUT_TYPES[kind] },
        })),
      });
      this.#layouts.set(key, layout);
    }
    return layout;
  }
}
