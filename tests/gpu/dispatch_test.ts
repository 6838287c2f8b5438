import { assertEquals } from "@std/assert";
import { openHarness } from "../ops/_harness.ts";
import { withKernel } from "./_kernels.ts";

const harness = await openHarness();

const SOURCE = `
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> b: array<u32>;
@compute @workgroup_size(1)
fn main(@builtin(workgroup_id) wid: vec3u) {
  b[wid.x + 2u * wid.y + 6u * wid.z] = STEP * a[wid.x + 2u * wid.y + 6u * wid.z] + 1u;
}
`;

Deno.test("encodeDispatches() runs launches in order over their whole grids", async () => {
  await withKernel("test_step", SOURCE, async () => {
    const { gpu } = harness;
    const buffers = [harness.empty(64), harness.empty(64)] as const;
    const launch = (STEP: number, [a, b]: readonly [GPUBuffer, GPUBuffer]) => {
      const kernel = gpu.kernels.get("test_step", {
        elem: "f32",
        constants: { STEP },
        bindings: ["read", "write"],
      });
      const bindGroup = gpu.device.createBindGroup({
        layout: kernel.layout,
        entries: [a, b].map((buffer, binding) => ({
          binding,
          resource: { buffer },
        })),
      });
      return { kernel, bindGroup, grid: [2, 3, 2] as const };
    };
    const [a, b] = buffers;
    await harness.run(() => [
      launch(1, [a, b]),
      launch(10, [b, a]),
      launch(100, [a, b]),
    ]);
    const words = await harness.read(b, new Uint32Array(13));
    assertEquals([...words], [...new Array(12).fill(1101), 0]);
  });
});
