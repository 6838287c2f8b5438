import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Gpu } from "../../src/gpu/gpu.ts";
import { GpuError } from "../../src/gpu/gpu_error.ts";
import { openHarness } from "../ops/_harness.ts";
import { withKernel } from "./_kernels.ts";

const harness = await openHarness();
const { gpu } = harness;

Deno.test("Gpu.open() names the adapter and asks for its highest limits", async () => {
  assert(gpu.adapter.name.length > 0);
  const adapter = await navigator.gpu.requestAdapter({
    powerPreference: "high-performance",
  });
  assertEquals(gpu.hasF16, adapter?.features.has("shader-f16"));
  assertEquals(
    gpu.device.limits.maxStorageBufferBindingSize,
    adapter?.limits.maxStorageBufferBindingSize,
  );
  assert(gpu.maxBindingBytes <= gpu.device.limits.maxBufferSize);
});

Deno.test("Gpu.createBuffer() counts buffers and bytes until they are freed", () => {
  const before = [gpu.numBuffers, gpu.allocatedBytes] as const;
  const a = gpu.createBuffer("a", 1000);
  const b = gpu.createBuffer("b", 1);
  assertEquals([a.label, a.size, b.size], ["a", 1008, 16]);
  assertEquals(gpu.numBuffers, before[0] + 2);
  assertEquals(gpu.allocatedBytes, before[1] + 1024);
  gpu.destroyBuffer(a);
  gpu.destroyBuffer(a);
  assertEquals(gpu.allocatedBytes, before[1] + 16);
  gpu.destroyBuffer(b);
  assertEquals([gpu.numBuffers, gpu.allocatedBytes], [...before]);
});

Deno.test("Gpu.createBuffer() gives zeros, in at least 16 bytes", async () => {
  const buffer = gpu.createBuffer("empty", 0);
  const words = await harness.read(buffer, new Uint32Array(4).fill(7));
  assertEquals(words, new Uint32Array(4));
  gpu.destroyBuffer(buffer);
});

Deno.test("Gpu.createBuffer() rejects what the device cannot bind or hold", () => {
  const before = [gpu.numBuffers, gpu.allocatedBytes];
  const mapped = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
  for (
    const [limit, usage] of [
      [gpu.maxBindingBytes, GPUBufferUsage.STORAGE],
      [gpu.device.limits.maxBufferSize, mapped],
    ] as const
  ) {
    const error = assertThrows(
      () => gpu.createBuffer("w", limit + 1, usage),
      RangeError,
    );
    const needs = Math.ceil((limit + 1) / 16) * 16;
    assertEquals(
      error.message,
      `Cannot allocate "w" as a buffer of this device must be at most ${limit} bytes: needs ${needs}`,
    );
  }
  assertEquals([gpu.numBuffers, gpu.allocatedBytes], before);
});

Deno.test("Gpu.destroyBuffer() ignores a buffer of another device", async () => {
  using other = await Gpu.open();
  const buffer = other.createBuffer("other", 16);
  const before = gpu.allocatedBytes;
  gpu.destroyBuffer(buffer);
  assertEquals(gpu.allocatedBytes, before);
  assertEquals(other.numBuffers, 1);
});

Deno.test("Gpu[Symbol.dispose]() frees every buffer, and the device is lost", async () => {
  const other = await Gpu.open();
  other.createBuffer("a", 100);
  other[Symbol.dispose]();
  assertEquals([other.numBuffers, other.allocatedBytes], [0, 0]);
  await other.device.lost;
  const error = assertThrows(() => other.throwIfLost(), GpuError);
  assertEquals(error.kind, "device-lost");
  await assertRejects(() => other.guard("go on", () => 1), GpuError);
});

Deno.test("Gpu.explain() tells of the loss behind what fails by it, and leaves other errors as they are", async () => {
  const other = await Gpu.open();
  const staging = other.createBuffer("staging", 16, GPUBufferUsage.MAP_READ);
  const usual = new DOMException("usual", "OperationError");
  assertEquals(await other.explain(usual), usual);
  other.device.destroy();
  const failure = await staging.mapAsync(GPUMapMode.READ).catch((error) =>
    error
  );
  assert(failure instanceof DOMException);
  const loss = await other.explain(failure);
  assert(loss instanceof GpuError && loss.kind === "device-lost");
  assertEquals(await other.lost, loss);
  other[Symbol.dispose]();
});

Deno.test("Gpu.guard() gives what the action returns", async () => {
  assertEquals(await gpu.guard("count", () => 1), 1);
});

Deno.test("Gpu.guard() keeps the errors of actions that run at once apart", async () => {
  const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE;
  const outcomes = await Promise.allSettled([
    gpu.guard("count", () => 1),
    gpu.guard("fail", () => gpu.device.createBuffer({ size: 16, usage })),
    gpu.guard("count", () => 2),
  ]);
  assertEquals(
    outcomes.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  );
});

Deno.test("Gpu.guard() passes on what the action throws, and leaves no scope open", async () => {
  const thrown = new TypeError("no");
  const error = await assertRejects(() =>
    gpu.guard("fail", () => {
      throw thrown;
    })
  );
  assert(error === thrown);
  assertEquals(await gpu.device.popErrorScope().catch(() => "none"), "none");
});

Deno.test("Gpu.guard() turns a shader that does not compile into a SyntaxError with its line", async () => {
  const source =
    "// A comment.\n\n@compute @workgroup_size(1)\nfn main() { let x = 1u + 1.0; }\n";
  const { size } = gpu.kernels;
  await withKernel("bad_types", source, async () => {
    const error = await assertRejects(
      () =>
        gpu.guard("compile it", () =>
          gpu.kernels.get("bad_types", {
            elem: "f32",
            constants: {},
            bindings: [],
          })),
      SyntaxError,
      "Cannot compile it: ",
    );
    assert(/:4:\d+/.test(error.message), error.message);
    // It is not kept: the next attempt fails as well, and does not run it.
    assertEquals(gpu.kernels.size, size);
  });
  assertEquals(await gpu.guard("go on", () => 3), 3);
});

Deno.test("Gpu.guard() turns a refused request into a SyntaxError", async () => {
  await assertRejects(
    () =>
      gpu.guard("make a buffer", () => {
        const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE;
        return gpu.device.createBuffer({ size: 16, usage });
      }),
    SyntaxError,
    "Cannot make a buffer: ",
  );
});
