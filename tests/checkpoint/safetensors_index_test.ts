import { assertEquals } from "@std/assert";
import { parseSafetensorsIndex } from "../../src/checkpoint/safetensors_index.ts";
import { parseJson } from "../../src/checkpoint/json.ts";
import { assertError } from "./assert_error.ts";

function parse(index: unknown): ReadonlyMap<string, string> {
  const json = parseJson(JSON.stringify(index), { file: "i.json" });
  return parseSafetensorsIndex(json, "i.json");
}

Deno.test("parseSafetensorsIndex() maps tensors to files", () => {
  const index = {
    metadata: { total_size: 8 },
    weight_map: { a: "x.safetensors", b: "y 2.safetensors" },
  };
  assertEquals([...parse(index)], [
    ["a", "x.safetensors"],
    ["b", "y 2.safetensors"],
  ]);
});

Deno.test("parseSafetensorsIndex() refuses what leads out of the directory", () => {
  const targets = [
    "../x.safetensors",
    "/etc/x.safetensors",
    "a/x.safetensors",
    String.raw`a\x.safetensors`,
    "C:x.safetensors",
    "x\u0000.safetensors",
    "x\n.safetensors",
    "..",
    "",
    ".safetensors",
    "x.bin",
    "x.safetensors/",
    "x.safetensors\n",
  ];
  for (const target of targets) {
    assertError(() => parse({ weight_map: { a: target } }), [
      RangeError,
      `Cannot read "i.json" as "a" must be in a .safetensors file beside it: found ${
        JSON.stringify(target)
      }`,
    ]);
  }
});

Deno.test("parseSafetensorsIndex() wants a map of names", () => {
  const start = 'Cannot read "i.json" as';
  assertError(() => parse({}), [
    TypeError,
    `${start} its weight_map must be an object: found nothing`,
  ]);
  assertError(() => parse({ weight_map: [] }), [
    TypeError,
    `${start} its weight_map must be an object: found []`,
  ]);
  assertError(() => parse({ weight_map: {} }), [
    RangeError,
    `${start} its weight_map must name tensors: found none`,
  ]);
  assertError(() => parse({ weight_map: { a: 1 } }), [
    TypeError,
    `${start} "a" must be in a .safetensors file beside it: found 1`,
  ]);
});
