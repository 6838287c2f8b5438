import { assertEquals } from "@std/assert";
import { defaultDevice, init } from "@jax-js/jax";
import { rowPieces } from "../../src/train/row_pieces.ts";

Deno.test("rowPieces() cuts rows for a GPU until its sums are enough or pieces too short", async () => {
  await init("webgpu");
  defaultDevice("webgpu");
  try {
    assertEquals(rowPieces(8192, 64 * 64), 128);
    assertEquals(rowPieces(6144, 256 * 256), 8);
    assertEquals(rowPieces(6144, 2048 * 256), 1);
    assertEquals(rowPieces(200, 1), 2);
    assertEquals(rowPieces(15, 1), 1);
  } finally {
    defaultDevice("wasm");
  }
});

Deno.test("rowPieces() leaves rows whole on a processor", () => {
  defaultDevice("wasm");
  assertEquals(rowPieces(8192, 64), 1);
});
