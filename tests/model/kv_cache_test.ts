import { assert, assertEquals, assertGreater } from "@std/assert";
import type { CacheFormat } from "../../src/ops/mod.ts";
import type { Elem } from "../../src/gpu/shader.ts";
import { kvCacheBytes } from "../../src/model/mod.ts";
import { maxDifference, TargetRun } from "./_target_run.ts";

const STORIES = new URL("../../weights/stories260k/", import.meta.url);
const IDS = Array.from({ length: 90 }, (_, index) => (index * 37) % 500 + 3);

/** Number types with a cache in another. */
const WAYS: readonly (readonly [Elem, CacheFormat])[] = [
  ["f32", "f16"],
  ["f32", "q8"],
  ["f16", "f32"],
  ["f16", "q8"],
];

for (const [elem, cacheFormat] of WAYS) {
  Deno.test(`Target.forward() gives the same bits in ${elem} with a cache in ${cacheFormat} however a sequence is cut into passes`, async () => {
    using run = await TargetRun.open(STORIES, { elem, cacheFormat });
    const oneByOne = await run.passes(IDS, [1]);
    for (const lengths of [[2], [7, 16], [64]]) {
      const logits = await run.passes(IDS, lengths);
      assertEquals(logits, oneByOne, `${lengths}`);
    }
  });
}

Deno.test("Target.forward() gives logits near those of a cache in f32", async () => {
  const logits: Float32Array[][] = [];
  for (const cacheFormat of ["f32", "f16", "q8"] as const) {
    using run = await TargetRun.open(STORIES, { cacheFormat });
    logits.push(await run.passes(IDS, [64]));
  }
  const [f32 = [], f16 = [], q8 = []] = logits;
  const largest = Math.max(...f32.flatMap((row) => [...row].map(Math.abs)));
  const off = (rows: readonly Float32Array[]): number =>
    Math.max(...f32.map((row, t) => maxDifference(rows[t] ?? [], row))) /
    largest;
  // Of the largest of a head, f16 is off by up to 2^-12 and q8 by up to 2^-8; five layers add up.
  assert(off(f16) > 1e-6 && off(f16) < 2 ** -9, `f16: ${off(f16)}`);
  assert(off(q8) > 4 * off(f16) && off(q8) < 2 ** -4, `q8: ${off(q8)}`);
});

Deno.test("kvCacheBytes() counts what each format takes", () => {
  const shape = { numHiddenLayers: 3, numKeyValueHeads: 5, headDim: 96 };
  const bytes = (format: CacheFormat): number =>
    kvCacheBytes(shape, { numSlots: 256, format }) / (2 * 3 * 256);
  assertEquals(bytes("f32"), 5 * 96 * 4);
  assertEquals(bytes("f16"), 5 * 96 * 2);
  // Three scales a head, and 4 bytes that make whole words of 8.
  assertEquals(bytes("q8"), 5 * (96 + 3 * 4) + 4);
  assertGreater(bytes("f16") / bytes("q8"), 1.7);
});
