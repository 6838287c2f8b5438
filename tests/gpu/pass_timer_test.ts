import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Dispatch } from "../../src/gpu/dispatch.ts";
import { openHarness } from "../ops/_harness.ts";
import { PassTimer } from "../../src/gpu/pass_timer.ts";
import { submitPasses } from "../../src/gpu/submit_passes.ts";
import { withKernel } from "./_kernels.ts";

const harness = await openHarness();
const { gpu } = harness;

/** Adds 1 to a number that the compiler cannot foresee, so many times. */
const SOURCE = `
@group(0) @binding(0) var<storage, read_write> a: array<u32>;
@compute @workgroup_size(1)
fn main() { for (var i = 0u; i < NUM_STEPS; i++) { a[i % 7u] = a[(i + 1u) % 7u] + 1u; } }
`;

function launch(numSteps: number): Dispatch {
  const kernel = gpu.kernels.get("test_steps", {
    elem: "f32",
    constants: { NUM_STEPS: numSteps },
    bindings: ["write"],
  });
  const buffer = harness.empty(32);
  const bindGroup = gpu.device.createBindGroup({
    layout: kernel.layout,
    entries: [{ binding: 0, resource: { buffer } }],
  });
  return { kernel, bindGroup, grid: [1, 1, 1] };
}

Deno.test("PassTimer times the border of each pass, in order, as long as its work", async () => {
  if (!gpu.hasTimestamps) {
    // Nothing can be timed, and nothing makes a timer: WebGPU refuses the queries.
    assertThrows(() => new PassTimer(gpu, 3), TypeError);
    return;
  }
  await withKernel("test_steps", SOURCE, async () => {
    const short = launch(1);
    const long = launch(50_000);
    const { numBuffers, allocatedBytes } = gpu;
    const timer = new PassTimer(gpu, 3);
    assertEquals(timer.maxBytes, 32);
    const copied = harness.empty(8 + timer.maxBytes);
    const run = async (passes: readonly (readonly Dispatch[])[]) => {
      await gpu.guard("submit", () =>
        submitPasses(
          gpu,
          timer.time(passes),
          (encoder) => timer.copyTo(encoder, copied, 8),
        ));
      const words = await harness.read(copied, new Uint32Array(10));
      const bytes = new Uint8Array(words.buffer).slice().buffer;
      return timer.read(bytes, 8);
    };
    await run([[short, long]]);
    // Other work on the machine may stop any of them for a while, so the shortest of each counts.
    const shortest = [Infinity, Infinity, Infinity];
    for (let count = 0; count < 8; count++) {
      const borders = await run([[short], [long, long], [short]]);
      assertEquals(borders.length, 4);
      for (const [index, ms] of shortest.entries()) {
        const took = (borders[index + 1] ?? NaN) - (borders[index] ?? NaN);
        assert(took >= 0, `${took} ms of pass ${index}`);
        shortest[index] = Math.min(ms, took);
      }
    }
    const [first = NaN, middle = NaN, last = NaN] = shortest;
    assert(middle > first, `${first} ms for one step, ${middle} for many`);
    assert(middle > last, `${last} ms for one step, ${middle} for many`);
    assertEquals((await run([[long], [short]])).length, 3);
    timer[Symbol.dispose]();
    gpu.destroyBuffer(copied);
    assertEquals([gpu.numBuffers, gpu.allocatedBytes], [
      numBuffers,
      allocatedBytes,
    ]);
  });
});
