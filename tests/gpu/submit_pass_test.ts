import { assertEquals } from "@std/assert";
import { submitPass } from "../../src/gpu/submit_pass.ts";
import { openHarness } from "../ops/_harness.ts";
import { withKernel } from "./_kernels.ts";

const harness = await openHarness();

const SOURCE = `
@group(0) @binding(0) var<storage, read_write> a: array<u32>;
@compute @workgroup_size(1)
fn main() { a[0] = 2u * a[0] + 1u; }
`;

Deno.test("submitPass() records what follows after the pass, and submissions in order", async () => {
  await withKernel("test_double", SOURCE, async () => {
    const { gpu } = harness;
    const a = harness.empty(16);
    const copies = harness.empty(32);
    const kernel = gpu.kernels.get("test_double", {
      elem: "f32",
      constants: {},
      bindings: ["write"],
    });
    const bindGroup = gpu.device.createBindGroup({
      layout: kernel.layout,
      entries: [{ binding: 0, resource: { buffer: a } }],
    });
    const launch = { kernel, bindGroup, grid: [1, 1, 1] as const };
    await gpu.guard("submit", () => {
      submitPass(gpu, []);
      submitPass(
        gpu,
        [launch, launch],
        (encoder) => encoder.copyBufferToBuffer(a, 0, copies, 0, 4),
      );
      submitPass(
        gpu,
        [launch],
        (encoder) => encoder.copyBufferToBuffer(a, 0, copies, 4, 4),
      );
    });
    const words = await harness.read(copies, new Uint32Array(3));
    assertEquals([...words], [3, 7, 0]);
  });
});
