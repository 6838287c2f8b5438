import { assert, assertEquals, assertThrows } from "@std/assert";
import { bindKernel, elemBytes, rmsNorm } from "../../src/ops/mod.ts";
import { rowWords } from "../reference/lib/rows.ts";
import { rmsNorm as twin } from "../reference/rms_norm.ts";
import { assertClose } from "./_close.ts";
import { openHarness } from "./_harness.ts";
import { Random } from "./_random.ts";
import { sequence } from "./_rows.ts";

const harness = await openHarness();

Deno.test("bindKernel() rejects a buffer that is smaller than the op demands", () => {
  const rows = harness.empty(72);
  const small = harness.empty(64);
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
    'Cannot bind "x" of rms_norm as it must hold at least 80 bytes: found 64',
  );
});

Deno.test("bindKernel() compiles nothing before a launch is asked for, and shares the bind group among launches", async () => {
  const buffer = harness.empty(64);
  const { kernels } = harness.gpu;
  const { size } = kernels;
  const launch = bindKernel(harness.gpu, "embed", {
    elem: "f32",
    constants: { D: 4, M0: 0, SCALE: "1.0", WEIGHTS: "weights_plain" },
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

Deno.test("bindKernel() binds parts of a buffer, and checks their sizes", async () => {
  const D = 64;
  const random = new Random(1);
  const [x, weight] = [random.normals(D), random.normals(D)];
  const whole = new Float32Array(3 * D);
  whole.set(x, D);
  whole.set(weight, 2 * D);
  const buffer = harness.upload(whole);
  const rows = harness.upload(rowWords({ row: sequence(1), firstLogitRow: 0 }));
  const out = harness.empty(D * 4);
  const part = (index: number, size = D * 4) => ({
    buffer,
    offset: index * D * 4,
    size,
  });
  const bind = (xBytes: number) =>
    bindKernel(harness.gpu, "rms_norm", {
      elem: "f32",
      constants: { WG: 64, D, EPS: "1.0e-5" },
      operands: [
        { name: "rows", kind: "read", buffer: rows, minBytes: 16 },
        { name: "x", kind: "read", buffer: part(1, xBytes), minBytes: D * 4 },
        { name: "weight", kind: "read", buffer: part(2), minBytes: D * 4 },
        { name: "out", kind: "write", buffer: out, minBytes: D * 4 },
      ],
    });
  assertThrows(() => bind(D * 4 - 4), RangeError, "found 252");
  const launch = bind(D * 4);
  await harness.run(() => [launch([1, 1, 1])]);
  const expected = new Float64Array(D);
  twin({
    rows: rowWords({ row: sequence(1), firstLogitRow: 0 }),
    x,
    weight,
    out: expected,
  }, { D, EPS: 1e-5 });
  assertClose(await harness.read(out, new Float32Array(D)), expected, {
    // Some roundings of sums of positive numbers: see rms_norm_test.ts.
    relative: 100 * 2 ** -24,
    label: "out",
  });
});

Deno.test("elemBytes() counts the bytes of an element", () => {
  assertEquals([elemBytes("f16"), elemBytes("f32")], [2, 4]);
});
