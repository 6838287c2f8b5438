import { assert, assertEquals, assertThrows } from "@std/assert";
import { bindKernel, elemBytes, rmsNorm } from "../../src/ops/mod.ts";
import { openHarness } from "./_harness.ts";

const harness = await openHarness();

Deno.test("bindKernel() rejects a buffer that is smaller than the op demands", () => {
  const rows = harness.empty(16);
  const small = harness.gpu.createBuffer("small", 64);
  const error = assertThrows(
    () =>
      rmsNorm(harness.gpu, {
        rows,
        x: small,
        weight: small,
        out: small,
        elem: "f32",
        hiddenSize: 20,
        eps: 1e-5,
      }),
    RangeError,
  );
  assertEquals(
    error.message,
    'Cannot bind "x" of rms_norm as it must hold at least 80 bytes: "small" has 64',
  );
});

Deno.test("bindKernel() compiles nothing before a launch is asked for, and shares the bind group among launches", async () => {
  const buffer = harness.empty(64);
  const { kernels } = harness.gpu;
  const { size } = kernels;
  const launch = bindKernel(harness.gpu, "embed", {
    elem: "f32",
    constants: { D: 4, M0: 0 },
    operands: [
      { name: "rows", kind: "read", buffer, minBytes: 16 },
      { name: "w", kind: "read", buffer, minBytes: 64 },
      { name: "out", kind: "write", buffer: harness.empty(64), minBytes: 16 },
    ],
  });
  assertEquals(kernels.size, size);
  await harness.gpu.guard("compile", () => {
    const a = launch([1, 2, 3], { M: 4 });
    const b = launch([4, 1, 1], { M: 5 });
    assertEquals(kernels.size, size + 2);
    assertEquals([a.grid, b.grid], [[1, 2, 3], [4, 1, 1]]);
    assert(a.kernel !== b.kernel && a.bindGroup === b.bindGroup);
  });
});

Deno.test("elemBytes() counts the bytes of an element", () => {
  assertEquals([elemBytes("f16"), elemBytes("f32")], [2, 4]);
});
