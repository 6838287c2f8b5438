import { assertEquals } from "@std/assert";
import type { PackedMatrix } from "../../src/ops/mod.ts";
import { stepBytes } from "../../src/model/step_bytes.ts";

/** A matrix of which only the sizes are there. */
function matrix(
  numRows: number,
  numCols: number,
  format: "f16" | "f32" | "Q8_0" = "f16",
): PackedMatrix {
  const buffer = {} as GPUBuffer;
  const slices = [{ buffer, firstRow: 0, numRows, format }];
  return { label: "w", numRows, numCols, elem: "f16", slices };
}

const LAYER = {
  qkv: matrix(96, 32),
  o: matrix(32, 32),
  gateUp: matrix(128, 32),
  down: matrix(32, 64),
};

Deno.test("stepBytes() counts what a row reads once, padded to 32 rows", () => {
  const layer = 2 * (96 * 32 + 32 * 32 + 128 * 32 + 32 * 64);
  const lmHead = matrix(33, 32, "f32");
  assertEquals(stepBytes({ lmHead, layers: [] }, null), 64 * 32 * 4);
  assertEquals(
    stepBytes({ lmHead, layers: [LAYER, LAYER] }, null),
    64 * 32 * 4 + 2 * layer,
  );
});

Deno.test("stepBytes() counts blocks by their bits, and of several networks those that a row takes", () => {
  // 32 numbers of 8 bits and a scale of 16.
  const lmHead = matrix(32, 32, "Q8_0");
  const experts = { numExperts: 8, numChosen: 2 };
  assertEquals(
    stepBytes({ lmHead, layers: [LAYER] }, experts),
    32 * 34 + 2 * (96 * 32 + 32 * 32) + 2 * (128 * 32 + 32 * 64) / 4,
  );
});
