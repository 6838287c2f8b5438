import type { Kernel } from "./kernel_cache.ts";

/** Workgroups in x, y and z. */
export type Grid = readonly [x: number, y: number, z: number];

/** One launch, as data: what to run, on what, and how many workgroups. */
export interface Dispatch {
  /** Compiled kernel. */
  readonly kernel: Kernel;
  /** Buffers, in the order of the kernel's bindings. */
  readonly bindGroup: GPUBindGroup;
  /** Workgroups to launch. */
  readonly grid: Grid;
}

/**
 * Records launches into a pass, in order.
 *
 * @param pass Pass to record into.
 * @param dispatches Launches; later ones see what earlier ones wrote.
 */
export function encodeDispatches(
  pass: GPUComputePassEncoder,
  dispatches: readonly Dispatch[],
): void {
  for (const { kernel, bindGroup, grid } of dispatches) {
    pass.setPipeline(kernel.pipeline);
    pass.setBindGroup(0, bindGroup);
    pass.dispatchWorkgroups(grid[0], grid[1], grid[2]);
  }
}
