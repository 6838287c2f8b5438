import type { Dispatch } from "../src/gpu/dispatch.ts";
import type { Gpu } from "../src/gpu/gpu.ts";
import type { Kernel } from "../src/gpu/kernel_cache.ts";

const WG = 64;
/** Sums of a thread that do not wait for each other. */
const NUM_SUMS = 8;
const NUM_STEPS = 512;
/** Workgroups: enough for all cores of any device, and a moment of theirs. */
const NUM_WORKGROUPS = { software: 64, hardware: 16384 } as const;

/** A loop of nothing but fused multiply-adds. */
export interface FmaLoop {
  /** Its launch. */
  readonly launch: Dispatch;
  /** Multiplications and additions. */
  readonly numOperations: number;
}

/**
 * Binds a loop of f32 multiply-adds, four to an instruction, whose operands are in registers: what a device can compute, as a
 * shader that reads nothing finds it.
 *
 * @param gpu Device.
 * @param out A buffer for what nobody reads, of at least 16 bytes.
 * @returns The loop.
 */
export function fmaLoop(gpu: Gpu, out: GPUBuffer): FmaLoop {
  const { device } = gpu;
  const sums = Array.from({ length: NUM_SUMS }, (_, index) => `s${index}`);
  const code = `
@group(0) @binding(0) var<storage, read_write> out: array<vec4f>;

@compute @workgroup_size(${WG})
fn main(@builtin(global_invocation_id) gid: vec3u) {
  let a = vec4f(f32(gid.x % 7u) * 0.1);
  let b = vec4f(0.25);
  ${sums.map((sum, index) => `var ${sum} = vec4f(${index}.5);`).join("\n  ")}
  for (var i = 0u; i < ${NUM_STEPS}u; i++) {
    ${sums.map((sum) => `${sum} = fma(${sum}, a, b);`).join("\n    ")}
  }
  let total = ${sums.join(" + ")};
  // Never true, which no compiler knows.
  if total.x == 12345.0 { out[0] = total; }
}
`;
  const pipeline = device.createComputePipeline({
    label: "fma loop",
    layout: "auto",
    compute: {
      module: device.createShaderModule({ label: "fma loop", code }),
      entryPoint: "main",
    },
  });
  const layout = pipeline.getBindGroupLayout(0);
  const kernel: Kernel = { name: "fma loop", pipeline, layout };
  const bindGroup = device.createBindGroup({
    layout,
    entries: [{ binding: 0, resource: { buffer: out } }],
  });
  const count =
    NUM_WORKGROUPS[gpu.adapter.isSoftware ? "software" : "hardware"];
  return {
    launch: { kernel, bindGroup, grid: [count, 1, 1] },
    numOperations: 2 * 4 * NUM_SUMS * NUM_STEPS * WG * count,
  };
}
