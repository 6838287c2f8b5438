import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { attention } from "../../src/ops/mod.ts";
import { testAttention } from "./_attention_tests.ts";
import { testCacheFormats } from "./_attention_formats.ts";
import { openHarness, testBothCuts } from "./_harness.ts";

const harness = await openHarness();

testAttention(harness, "attention");
testCacheFormats(harness, "attention");

/** Kernels and grids that the op chooses for 7 rows of 3 heads. */
async function choose(
  headDim: number,
  contextLength: number,
  window: number | null = null,
): Promise<readonly string[]> {
  const some = harness.empty(4096);
  const op = attention(harness.gpu, {
    rows: some,
    q: some,
    k: some,
    v: some,
    out: harness.empty(4096),
    elem: "f32",
    shape: { numHeads: 3, numKvHeads: 1, headDim },
    contextLength,
    window,
  });
  return await harness.gpu.guard(
    "compile",
    () => op(7).map(({ kernel, grid }) => `${kernel.name} ${grid}`),
  );
}

testBothCuts(
  harness,
  "attention() lets one thread walk a row's keys on a software adapter, and many on a GPU or where keys are many",
  async () => {
    const { isSoftware } = harness.gpu.adapter;
    const [serial, parallel] = [["attention_serial 3,1,1"], [
      "attention 3,7,1",
    ]];
    assertEquals(await choose(8, 300), isSoftware ? serial : parallel);
    assertEquals(await choose(64, 1000), isSoftware ? serial : parallel);
    assertEquals(await choose(64, 5000), parallel);
    assertEquals(await choose(8, 20_000), parallel);
    // A window bounds the keys, and a block that it cuts.
    assertEquals(await choose(64, 5000, 1000), isSoftware ? serial : parallel);
    assertEquals(await choose(256, 100_000, 4096), parallel);
    const tooMany = () => choose(256, 100_000);
    if (isSoftware) {
      await assertRejects(tooMany, RangeError, "Cannot attend on ");
    } else {
      assertEquals(await tooMany(), parallel);
    }
  },
);

Deno.test("attention() rejects heads that the kernel cannot hold", () => {
  const some = harness.empty(4096);
  const build = (headDim: number) => () =>
    attention(harness.gpu, {
      rows: some,
      q: some,
      k: some,
      v: some,
      out: some,
      elem: "f32",
      shape: { numHeads: 1, numKvHeads: 1, headDim },
      contextLength: 1,
    });
  for (const headDim of [6, 260]) {
    const error = assertThrows(build(headDim), RangeError);
    assertEquals(
      error.message,
      `Cannot attend as the head size E must be a multiple of 4 of at most 256: ${headDim}`,
    );
  }
});
