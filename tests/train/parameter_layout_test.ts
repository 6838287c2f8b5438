import { assertEquals, assertThrows } from "@std/assert";
import {
  packParameter,
  parameterShape,
  type ParameterSpec,
  unpackParameter,
} from "../../src/train/parameter_layout.ts";

const PARTS = [{ name: "a", shape: [1, 2] }, { name: "b", shape: [1, 3] }];
const BESIDE: ParameterSpec = {
  parts: PARTS.map(({ name, shape: [, cols = 0] }) => ({
    name,
    shape: [2, cols],
  })),
  axis: 1,
  start: "ones",
};
const BELOW: ParameterSpec = {
  parts: PARTS.map(({ name, shape: [, rows = 0] }) => ({
    name,
    shape: [rows, 2],
  })),
  start: "ones",
};

function tensors(
  spec: ParameterSpec,
): Map<
  string,
  { shape: readonly number[]; values: Float32Array<ArrayBuffer> }
> {
  let next = 0;
  return new Map(spec.parts.map(({ name, shape }) => {
    const size = shape.reduce((a, b) => a * b);
    const values = Float32Array.from({ length: size }, () => next++);
    return [name, { shape, values }];
  }));
}

Deno.test("packParameter() puts tensors beside or below each other", () => {
  const beside = packParameter(BESIDE, tensors(BESIDE));
  assertEquals(beside.shape, [2, 5]);
  assertEquals([...beside.values], [0, 1, 4, 5, 6, 2, 3, 7, 8, 9]);
  const below = packParameter(BELOW, tensors(BELOW));
  assertEquals(below.shape, [5, 2]);
  assertEquals([...below.values], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

Deno.test("unpackParameter() takes apart what packParameter() joins", () => {
  for (const spec of [BESIDE, BELOW]) {
    const { values } = packParameter(spec, tensors(spec));
    assertEquals(unpackParameter(spec, values), tensors(spec));
  }
});

Deno.test("unpackParameter() and packParameter() put a suffix behind names", () => {
  const { values } = packParameter(BELOW, tensors(BELOW));
  const named = unpackParameter(BELOW, values, { suffix: ".x" });
  assertEquals([...named.keys()], ["a.x", "b.x"]);
  assertEquals(packParameter(BELOW, named, { suffix: ".x" }).values, values);
});

Deno.test("parameterShape() is that of a single vector", () => {
  const spec: ParameterSpec = {
    parts: [{ name: "norm", shape: [7] }],
    start: "ones",
  };
  assertEquals(parameterShape(spec), [7]);
});

Deno.test("packParameter() refuses a missing or misshapen tensor by its name", () => {
  const some = tensors(BELOW);
  some.delete("b");
  assertThrows(
    () => packParameter(BELOW, some),
    ReferenceError,
    'Cannot restore "b"',
  );
  some.set("b", { shape: [2, 3], values: new Float32Array(6) });
  assertThrows(
    () => packParameter(BELOW, some),
    RangeError,
    'Cannot restore "b" as its shape must be [3, 2]: it is [2, 3]',
  );
});
