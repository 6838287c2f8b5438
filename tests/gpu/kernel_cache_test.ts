import { assert, assertEquals, assertThrows } from "@std/assert";
import type { BindingKind, Kernel } from "../../src/gpu/kernel_cache.ts";
import type { Elem } from "../../src/gpu/shader.ts";
import { openHarness } from "../ops/_harness.ts";

const harness = await openHarness();

const BINDINGS: readonly BindingKind[] = ["read", "read", "read", "write"];

function rmsNorm(D: number, elem: Elem = "f32"): Kernel {
  return harness.gpu.kernels.get("rms_norm", {
    elem,
    constants: { WG: 64, D, EPS: "1.0e-5" },
    bindings: BINDINGS,
  });
}

Deno.test("KernelCache.get() compiles the same kernel once", async () => {
  await harness.gpu.guard("compile", () => {
    const { kernels } = harness.gpu;
    const first = rmsNorm(64);
    const { size } = kernels;
    assert(rmsNorm(64) === first);
    assertEquals(kernels.size, size);
    assertEquals(first.name, "rms_norm");
  });
});

Deno.test("KernelCache.get() tells constants and number types apart", async () => {
  await harness.gpu.guard("compile", () => {
    const all = harness.elems
      .flatMap((elem) => [rmsNorm(64, elem), rmsNorm(128, elem)]);
    assertEquals(new Set(all).size, 2 * harness.elems.length);
    const pipelines = new Set(all.map(({ pipeline }) => pipeline));
    assertEquals(pipelines.size, all.length);
  });
});

Deno.test("KernelCache.get() gives kernels with the same kinds of bindings one layout", async () => {
  await harness.gpu.guard("compile", () => {
    const other = harness.gpu.kernels.get("log_prob", {
      elem: "f32",
      constants: { WG: 64, V: 10 },
      bindings: BINDINGS,
    });
    assert(other.layout === rmsNorm(64).layout);
    const embed = harness.gpu.kernels.get("embed", {
      elem: "f32",
      constants: {
        D: 4,
        M: 10,
        M0: 0,
        SCALE: "1.0",
        WEIGHTS: "weights_plain",
      },
      bindings: ["read", "read", "write"],
    });
    assert(embed.layout !== other.layout);
  });
});

Deno.test("KernelCache.get() rejects an unknown kernel, and keeps nothing of it", () => {
  const { kernels } = harness.gpu;
  const { size } = kernels;
  assertThrows(
    () =>
      kernels.get("softmax", {
        elem: "f32",
        constants: {},
        bindings: BINDINGS,
      }),
    ReferenceError,
    'Cannot assemble kernel "softmax"',
  );
  assertEquals(kernels.size, size);
});

Deno.test("KernelCache.truncate() forgets what was compiled last, and nothing else", async () => {
  await harness.gpu.guard("compile", () => {
    const { kernels } = harness.gpu;
    const kept = rmsNorm(260);
    const { size } = kernels;
    const forgotten = rmsNorm(264);
    kernels.truncate(size + 1);
    assert(rmsNorm(264) === forgotten);
    kernels.truncate(size);
    assertEquals(kernels.size, size);
    assert(rmsNorm(260) === kept);
    assert(rmsNorm(264) !== forgotten);
  });
});
