import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describeDiagnosis, diagnose } from "../../src/cli/doctor.ts";
import { GpuError } from "../../mod.ts";
import { type GpuProbe, probeGpu } from "../../src/cli/probe_gpu.ts";

const PROBE: GpuProbe = {
  name: "gpu",
  isSoftware: false,
  features: { "shader-f16": false, "timestamp-query": true },
  limits: {
    maxBufferSize: 2 ** 31,
    maxStorageBufferBindingSize: 2 ** 27,
    maxStorageBuffersPerShaderStage: 8,
    maxComputeWorkgroupStorageSize: 2 ** 14,
    maxComputeInvocationsPerWorkgroup: 256,
  },
  computed: [{ elem: "f32", maxError: 1e-7, tolerance: 1e-5 }],
};
const MACHINE = {
  denoVersion: "2.9.6",
  os: "linux",
  probe: () => Promise.resolve(PROBE),
} as const;
const NO_ADAPTER = () =>
  Promise.reject(new GpuError("no-adapter", "Cannot open a GPU"));

Deno.test("probeGpu() finds that the device computes as the CPU does", async () => {
  const { computed, limits } = await probeGpu();
  assertEquals(computed[0]?.elem, "f32");
  for (const { maxError, tolerance } of computed) assert(maxError <= tolerance);
  assert(Object.values(limits).every((limit) => limit > 0));
});

Deno.test("diagnose() finds a machine usable", async () => {
  const diagnosis = await diagnose(MACHINE);
  assertEquals(diagnosis, {
    isUsable: true,
    deno: "2.9.6",
    gpu: PROBE,
    problems: [],
  });
  assertStringIncludes(describeDiagnosis(diagnosis), "shader-f16 no");
});

Deno.test("diagnose() asks for Deno 2.9", async () => {
  const cases: [string, boolean][] = [
    ["1.46.3", false],
    ["2.8.9", false],
    ["2.9.0", true],
    ["2.10.1", true],
    ["2.9.0-rc.1", true],
    ["3.0.0", true],
  ];
  for (const [denoVersion, isUsable] of cases) {
    const diagnosis = await diagnose({ ...MACHINE, denoVersion });
    assertEquals([denoVersion, diagnosis.isUsable], [denoVersion, isUsable]);
    if (!isUsable) assertEquals(diagnosis.problems[0]?.command, "deno upgrade");
  }
});

Deno.test("diagnose() says how to get an adapter where a command does", async () => {
  const command = "sudo apt-get install mesa-vulkan-drivers";
  for (const os of ["linux", "darwin", "windows"] as const) {
    const diagnosis = await diagnose({ ...MACHINE, os, probe: NO_ADAPTER });
    assertEquals(diagnosis, {
      isUsable: false,
      deno: "2.9.6",
      gpu: null,
      problems: [{
        problem: "WebGPU must have an adapter: found none",
        command: os === "linux" ? command : null,
      }],
    });
    assertEquals(
      describeDiagnosis(diagnosis).includes(command),
      os === "linux",
    );
  }
});

Deno.test("diagnose() reports a device that computes wrongly or fails", async () => {
  const wrong = await diagnose({
    ...MACHINE,
    probe: () =>
      Promise.resolve({
        ...PROBE,
        computed: [{ elem: "f16", maxError: Infinity, tolerance: 1e-3 }],
      }),
  });
  assertEquals(wrong.isUsable, false);
  assertEquals(
    wrong.problems[0]?.problem,
    "gpu must compute f16 within 0.001: found an error of Infinity",
  );
  const failed = await diagnose({
    ...MACHINE,
    probe: () => Promise.reject(new GpuError("device-lost", "lost")),
  });
  assertEquals(failed.problems, [{ problem: "lost", command: null }]);
});
