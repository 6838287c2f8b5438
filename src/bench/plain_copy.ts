import type { Dispatch } from "../gpu/dispatch.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Kernel } from "../gpu/kernel_cache.ts";

const WG = 64;
/** Workgroups along x. */
const WIDTH = 1024;
const CODE = `
@group(0) @binding(0) var<storage, read> source: array<vec4u>;
@group(0) @binding(1) var<storage, read_write> target_: array<vec4u>;

@compute @workgroup_size(${WG})
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  let i = (wid.y * ${WIDTH}u + wid.x) * ${WG}u + lid.x;
  if i < arrayLength(&source) { target_[i] = source[i]; }
}
`;

/**
 * Binds a copy of buffers, 16 bytes a thread: what a kernel that does nothing but move memory takes.
 *
 * @param gpu Device.
 * @param pairs Buffers, each with one of the same size that it is copied to.
 * @returns The launches.
 */
export function plainCopy(
  gpu: Gpu,
  pairs: readonly (readonly [from: GPUBuffer, to: GPUBuffer])[],
): readonly Dispatch[] {
  const { device } = gpu;
  const pipeline = device.createComputePipeline({
    label: "copy",
    layout: "auto",
    compute: {
      module: device.createShaderModule({ label: "copy", code: CODE }),
      entryPoint: "main",
    },
  });
  const layout = pipeline.getBindGroupLayout(0);
  const kernel: Kernel = { name: "copy", pipeline, layout };
  return pairs.map(([from, to]) => ({
    kernel,
    bindGroup: device.createBindGroup({
      layout,
      entries: [from, to].map((buffer, binding) => ({
        binding,
        resource: { buffer },
      })),
    }),
    grid: [WIDTH, Math.ceil(from.size / 16 / WG / WIDTH), 1],
  }));
}
