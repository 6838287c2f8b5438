import { assertEquals } from "@std/assert";
import { matrixSections } from "../../src/model/matrix_sections.ts";
import type { WeightFormat } from "../../src/ops/mod.ts";

function range(first: number, count: number): Uint32Array<ArrayBuffer> {
  return Uint32Array.from({ length: count }, (_, row) => first + row);
}

function sections(
  numCols: number,
  numRows: number,
  parts: readonly (readonly [Uint32Array<ArrayBuffer>, WeightFormat])[],
): readonly (readonly [number, WeightFormat])[] {
  return matrixSections(
    parts.map(([rowMap, wish]) => ({ rowMap, wish })),
    { numRows, numCols, fallback: "f16" },
  ).map(({ numRows, format }) => [numRows, format]);
}

Deno.test("matrixSections() keeps what lies apart as it is stored", () => {
  assertEquals(sections(256, 128, [[range(0, 128), "Q4_K"]]), [[128, "Q4_K"]]);
  assertEquals(
    sections(256, 128, [
      [range(0, 64), "Q4_K"],
      [range(64, 32), "Q4_K"],
      [range(96, 32), "Q6_K"],
    ]),
    [[96, "Q4_K"], [32, "Q6_K"]],
  );
  // Out of order, and with rows that none fills.
  assertEquals(
    sections(32, 128, [[range(64, 40), "Q8_0"], [range(0, 40), "f16"]]),
    [[64, "f16"], [64, "Q8_0"]],
  );
});

Deno.test("matrixSections() falls back where parts are mixed, meet within 32 rows, or are no whole blocks", () => {
  const even = Uint32Array.from({ length: 32 }, (_, i) => 2 * i);
  const odd = even.map((row) => row + 1);
  assertEquals(sections(256, 64, [[even, "Q4_0"], [odd, "Q5_0"]]), [
    [64, "f16"],
  ]);
  assertEquals(sections(256, 64, [[even, "Q4_0"], [odd, "Q4_0"]]), [
    [64, "Q4_0"],
  ]);
  assertEquals(
    sections(256, 64, [[range(0, 20), "Q4_0"], [range(20, 44), "Q8_0"]]),
    [[64, "f16"]],
  );
  assertEquals(sections(96, 64, [[range(0, 64), "Q6_K"]]), [[64, "f16"]]);
});
