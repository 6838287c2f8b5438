import type { BindingKind } from "../gpu/kernel_cache.ts";
import type { Dispatch, Grid } from "../gpu/dispatch.ts";
import type { Elem, KernelConstants } from "../gpu/shader.ts";
import type { Gpu } from "../gpu/gpu.ts";

/** What is known of a pass besides its number of rows: it changes launches and speed, and no bit. */
export interface PassReach {
  /** Most keys that one of its rows attends to, as far as the host knows. */
  readonly numKeys: number;
}

/**
 * A step of a pass, ready to run: gives its launches for a number of rows, `T` or `R`, and for what is known of it
 * (default: nothing).
 */
export type Op = (numRows: number, reach?: PassReach) => readonly Dispatch[];

/** Part of a buffer; `offset` and `size` are multiples of 256 bytes. */
export interface BufferSlice {
  readonly buffer: GPUBuffer;
  /** First byte. */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
}

/** A buffer with the axes that its op demands. */
export interface Operand {
  /** Name of the binding, for messages. */
  readonly name: string;
  /** How the kernel uses it. */
  readonly kind: BindingKind;
  /** The buffer, or the part of it. */
  readonly buffer: GPUBuffer | BufferSlice;
  /** Fewest bytes that the op reads or writes for one row, or in all where rows play no part. */
  readonly minBytes: number;
}

/** A kernel bound to its buffers. */
export interface BoundKernel {
  /** Gives the launch for a grid, compiling the variant with these further constants when first asked for. */
  (grid: Grid, variant?: KernelConstants): Dispatch;
}

/**
 * Binds a kernel to its buffers after checking their sizes.
 *
 * @param gpu Device.
 * @param name File name of the kernel.
 * @param options Number type, constants and operands in the order of the kernel's bindings.
 * @returns A function from grid and variant to launch.
 * @throws {RangeError} If a buffer is smaller than the op demands.
 */
export function bindKernel(
  gpu: Gpu,
  name: string,
  options: {
    readonly elem: Elem;
    readonly constants: KernelConstants;
    readonly operands: readonly Operand[];
  },
): BoundKernel {
  const { elem, constants, operands } = options;
  for (const operand of operands) {
    if (operand.buffer.size < operand.minBytes) {
      throw new RangeError(
        `Cannot bind "${operand.name}" of ${name} as it must hold at least ${operand.minBytes} bytes: found ${operand.buffer.size}`,
      );
    }
  }
  const bindings = operands.map((operand) => operand.kind);
  let bindGroup: GPUBindGroup | undefined;
  return (grid, variant = {}) => {
    const kernel = gpu.kernels.get(name, {
      elem,
      constants: { ...constants, ...variant },
      bindings,
    });
    bindGroup ??= gpu.device.createBindGroup({
      label: name,
      layout: kernel.layout,
      entries: operands.map(({ buffer }, binding) => ({
        binding,
        resource: "buffer" in buffer ? buffer : { buffer },
      })),
    });
    return { kernel, bindGroup, grid };
  };
}

/**
 * Writes a number as WGSL reads an f32.
 *
 * @param value The number.
 * @returns A constant's value.
 */
export function floatConstant(value: number): string {
  return value.toExponential(9);
}

/** Bytes of one element. */
export function elemBytes(elem: Elem): 2 | 4 {
  return elem === "f16" ? 2 : 4;
}

/**
 * Loop iterations, all loops together, after which llvmpipe leaves a thread's loops without a word; a little
 * less than its 65,535.
 */
export const MAX_SOFTWARE_ITERATIONS = 60000;

/** Steps that a few threads of a software adapter take together; with more steps, more threads pay. */
const MAX_FEW_STEPS = 4096;

/**
 * Chooses how many threads of a workgroup work together.
 *
 * A software adapter runs as many threads at once as a CPU's vector has lanes; more only wait for each other
 * at barriers. Its loops are bounded, though, so that long ones are shared by as many threads as on a GPU.
 *
 * @param gpu Device.
 * @param most What a GPU is given.
 * @param numSteps Elements that the workgroup's loops go through. Default: few.
 * @returns Threads of a workgroup.
 */
export function workgroupSize(gpu: Gpu, most: number, numSteps = 0): number {
  return gpu.adapter.isSoftware && numSteps <= MAX_FEW_STEPS ? 8 : most;
}
