import { assertEquals } from "@std/assert";
import {
  BLOCK_BYTES,
  BLOCK_FORMATS,
  blockCols,
  type WeightBlocks,
} from "../../src/ops/mod.ts";
import { BLOCK_SIZES } from "../../src/checkpoint/mod.ts";
import { blockElement } from "../reference/lib/block_formats.ts";
import { Random } from "../ops/_random.ts";
import { randomBlocks } from "../ops/_blocks.ts";
import { storedRowBytes, storedValues } from "../../src/model/dequantize.ts";

Deno.test("storedValues() reads every format of blocks as it is defined", () => {
  for (const format of BLOCK_FORMATS) {
    const K = 2 * blockCols(format);
    const bytes = randomBlocks(new Random(6), { format, M: 1, K });
    const expected = Float32Array.from(
      { length: K },
      (_, k) => blockElement(format, bytes, k).value,
    );
    assertEquals(storedValues(bytes, format), expected, format);
    assertEquals(storedRowBytes(format, K), bytes.length, format);
  }
});

Deno.test("the kernels' formats of blocks are those of files, with the same sizes", () => {
  const sizes = (format: WeightBlocks) => ({
    numElements: blockCols(format),
    sizeBytes: BLOCK_BYTES[format],
  });
  assertEquals(
    new Map(BLOCK_FORMATS.map((format) => [format, sizes(format)])),
    new Map<string, unknown>(Object.entries(BLOCK_SIZES)),
  );
});
