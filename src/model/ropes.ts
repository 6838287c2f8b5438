import type { Gpu } from "../gpu/gpu.ts";
import type { ModelConfig, RopeConfig } from "../checkpoint/mod.ts";
import { ropeTable } from "./rope_table.ts";

/** Rotations `[S, E/2]` of layers that see all positions, and of those with a window. */
export interface Ropes {
  /** Of layers that see all positions. */
  readonly full: GPUBuffer;
  /** Of layers with a window; the same where they have none of their own. */
  readonly local: GPUBuffer;
}

/**
 * Writes a model's rotations to the device.
 *
 * @param gpu Device.
 * @param config How it rotates.
 * @param contextLength Positions, `S`.
 * @returns The rotations.
 */
export function createRopes(
  gpu: Gpu,
  config: ModelConfig,
  contextLength: number,
): Ropes {
  const create = (rope: RopeConfig): GPUBuffer => {
    const options = { headDim: config.headDim, ...rope };
    const table = ropeTable(contextLength, options);
    const buffer = gpu.createBuffer("rope", table.byteLength);
    gpu.device.queue.writeBuffer(buffer, 0, table);
    return buffer;
  };
  const { ropeTheta, ropeScaling, localRope } = config;
  const full = create({ ropeTheta, ropeScaling });
  return { full, local: localRope === null ? full : create(localRope) };
}
