import type { Elem } from "../gpu/shader.ts";
import { elemBytes, packRows, rmsNorm } from "../ops/mod.ts";
import { Gpu } from "../gpu/gpu.ts";
import { submitPass } from "../gpu/submit_pass.ts";

/** What a device is, and whether it computes. */
export interface GpuProbe {
  /** Its name. */
  readonly name: string;
  /** Whether it runs on the CPU. */
  readonly isSoftware: boolean;
  /** Features that matter, and whether it has them. */
  readonly features: Readonly<
    Record<"shader-f16" | "timestamp-query", boolean>
  >;
  /** Limits that matter. */
  readonly limits: Readonly<Record<(typeof LIMITS)[number], number>>;
  /** Largest relative error of a kernel by number type, and the largest that is right. */
  readonly computed: readonly {
    readonly elem: Elem;
    readonly maxError: number;
    readonly tolerance: number;
  }[];
}

const LIMITS = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
] as const;

// Sums of 260 squares in another order, and the resolution of f16, 2^-11, doubled.
const TOLERANCES: Readonly<Record<Elem, number>> = { f32: 1e-5, f16: 1e-3 };
const SIZE = 260;

/**
 * Asks the device what it can do, and has it run a kernel in each number type.
 *
 * @returns What it is and how it did.
 * @throws {GpuError} If there is no adapter, or the device fails.
 */
export async function probeGpu(): Promise<GpuProbe> {
  using gpu = await Gpu.open();
  const { limits } = gpu.device;
  const elems: readonly Elem[] = gpu.hasF16 ? ["f32", "f16"] : ["f32"];
  const computed: GpuProbe["computed"][number][] = [];
  for (const elem of elems) {
    const maxError = await gpu.guard(
      "run a kernel",
      () => runKernel(gpu, elem),
    );
    computed.push({ elem, maxError, tolerance: TOLERANCES[elem] });
  }
  const { maxBufferSize, maxStorageBufferBindingSize } = limits;
  return {
    name: gpu.adapter.name,
    isSoftware: gpu.adapter.isSoftware,
    features: {
      "shader-f16": gpu.hasF16,
      "timestamp-query": gpu.hasTimestamps,
    },
    limits: {
      maxBufferSize,
      maxStorageBufferBindingSize,
      maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
      maxComputeInvocationsPerWorkgroup:
        limits.maxComputeInvocationsPerWorkgroup,
    },
    computed,
  };
}

/** Normalises a row on the device and here, and gives the largest relative difference. */
async function runKernel(gpu: Gpu, elem: Elem): Promise<number> {
  const row = Float32Array.from({ length: SIZE }, (_, i) => Math.cos(i) + 2);
  const weight = Float32Array.from({ length: SIZE }, (_, i) => 1 + i / SIZE);
  const outBytes = SIZE * elemBytes(elem);
  const out = gpu.createBuffer("probe out", outBytes);
  const staging = gpu.createBuffer(
    "probe read-back",
    outBytes,
    GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  );
  const normalise = rmsNorm(gpu, {
    rows: filledBuffer(
      gpu,
      "probe rows",
      packRows([{ token: 0, position: 0 }], 0),
    ),
    x: filledBuffer(gpu, "probe x", row),
    weight: filledBuffer(gpu, "probe weight", weight),
    out,
    elem,
    hiddenSize: SIZE,
    eps: 1e-5,
  });
  submitPass(
    gpu,
    normalise(1),
    (encoder) => encoder.copyBufferToBuffer(out, 0, staging, 0, outBytes),
  );
  await staging.mapAsync(GPUMapMode.READ);
  const bytes = staging.getMappedRange().slice(0, outBytes);
  const found = elem === "f16"
    ? new Float16Array(bytes)
    : new Float32Array(bytes);
  const meanSquare = row.reduce((sum, x) => sum + x * x, 0) / SIZE;
  const scale = 1 / Math.sqrt(meanSquare + 1e-5);
  return row.reduce((most, x, i) => {
    const expected = x * scale * (weight[i] ?? 0);
    const error = Math.abs((found[i] ?? NaN) / expected - 1);
    // What is not a number must not pass as less.
    return Number.isNaN(error) ? Infinity : Math.max(most, error);
  }, 0);
}

function filledBuffer(
  gpu: Gpu,
  label: string,
  content: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>,
): GPUBuffer {
  const buffer = gpu.createBuffer(label, content.byteLength);
  gpu.device.queue.writeBuffer(buffer, 0, content);
  return buffer;
}
