import { formatBytes } from "./format.ts";
import { GpuError } from "../gpu/gpu_error.ts";
import type { GpuProbe } from "./probe_gpu.ts";
import type { OptionValues } from "./option_table.ts";
import { describeError, STATUS } from "./report_error.ts";
import { writeText } from "./output.ts";

/** Something that keeps models from running. */
export interface Problem {
  /** What is wrong. */
  readonly problem: string;
  /** What mends it, or null where no command does. */
  readonly command: string | null;
}

/** What was found on this machine. */
export interface Diagnosis {
  /** Whether models can run. */
  readonly isUsable: boolean;
  /** Version of Deno. */
  readonly deno: string;
  /** The device, or null where it could not be used. */
  readonly gpu: GpuProbe | null;
  /** What keeps models from running. */
  readonly problems: readonly Problem[];
}

const OLDEST_DENO = [2, 9] as const;
const INSTALL_DRIVER = "sudo apt-get install mesa-vulkan-drivers";

/**
 * Says whether models can run here, and what to do where they cannot.
 *
 * @param values What the command line sets.
 * @returns The exit status.
 */
export async function runDoctor(values: OptionValues): Promise<number> {
  const diagnosis = await diagnose({
    denoVersion: Deno.version.deno,
    os: Deno.build.os,
    // Loaded only here: an old Deno cannot load kernels.
    probe: async () => await (await import("./probe_gpu.ts")).probeGpu(),
  });
  writeText(
    values.json
      ? `${JSON.stringify(diagnosis)}\n`
      : describeDiagnosis(diagnosis),
  );
  return diagnosis.isUsable ? STATUS.ok : STATUS.failed;
}

/**
 * Looks for what keeps models from running.
 *
 * @param machine Deno's version, the system, and how to ask the GPU.
 * @returns What was found.
 */
export async function diagnose(
  machine: {
    readonly denoVersion: string;
    readonly os: typeof Deno.build.os;
    readonly probe: () => Promise<GpuProbe>;
  },
): Promise<Diagnosis> {
  const { denoVersion, os, probe } = machine;
  const problems: Problem[] = [];
  if (!isRecent(denoVersion)) {
    const oldest = OLDEST_DENO.join(".");
    problems.push({
      problem: `Deno must be ${oldest} or later: found ${denoVersion}`,
      command: "deno upgrade",
    });
  }
  let gpu: GpuProbe | null = null;
  try {
    gpu = await probe();
    problems.push(...findWrong(gpu));
  } catch (error) {
    const isMissing = error instanceof GpuError && error.kind === "no-adapter";
    problems.push({
      problem: isMissing
        ? "WebGPU must have an adapter: found none"
        : describeError(error),
      command: isMissing && os === "linux" ? INSTALL_DRIVER : null,
    });
  }
  const isUsable = problems.length === 0;
  return { isUsable, deno: denoVersion, gpu, problems };
}

/**
 * Writes a diagnosis for people.
 *
 * @param diagnosis What was found.
 * @returns Lines.
 */
export function describeDiagnosis(diagnosis: Diagnosis): string {
  const { deno, gpu, problems, isUsable } = diagnosis;
  return [
    `Deno ${deno}`,
    ...gpu === null ? [] : describeGpu(gpu),
    ...problems.flatMap(({ problem, command }) => [
      `problem: ${problem}`,
      ...command === null ? [] : [`to mend it, run: ${command}`],
    ]),
    isUsable ? "ready to run models" : "not ready to run models",
    "",
  ].join("\n");
}

function describeGpu(gpu: GpuProbe): string[] {
  const { limits, features, isSoftware } = gpu;
  const kernels = gpu.computed.map(({ elem, maxError }) =>
    `${elem} within ${maxError.toExponential(0)}`
  );
  return [
    `adapter ${gpu.name}${isSoftware ? ": software, works but is slow" : ""}`,
    `shader-f16 ${
      features["shader-f16"]
        ? "yes"
        : "no: models run in f32, in twice the memory"
    }`,
    `timestamp-query ${
      features["timestamp-query"] ? "yes" : "no: kernels cannot be timed"
    }`,
    `buffers up to ${formatBytes(limits.maxBufferSize)}, bindings up to ${
      formatBytes(limits.maxStorageBufferBindingSize)
    }`,
    `${limits.maxStorageBuffersPerShaderStage} storage buffers a kernel, ${
      formatBytes(limits.maxComputeWorkgroupStorageSize)
    } of workgroup storage, ${limits.maxComputeInvocationsPerWorkgroup} threads a workgroup`,
    `kernel run: ${kernels.join(", ")}`,
  ];
}

function findWrong(gpu: GpuProbe): Problem[] {
  return gpu.computed.filter(({ maxError, tolerance }) => maxError > tolerance)
    .map(({ elem, maxError, tolerance }) => ({
      problem:
        `${gpu.name} must compute ${elem} within ${tolerance}: found an error of ${maxError}`,
      command: null,
    }));
}

function isRecent(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_DENO;
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}
