import { assertEquals } from "@std/assert";
import { TargetRun } from "./_target_run.ts";

const STORIES = new URL("../../weights/stories260k/", import.meta.url);
const IDS = Array.from({ length: 90 }, (_, index) => (index * 37) % 500 + 3);

for (const elem of ["f32", "f16"] as const) {
  Deno.test(`Target.forward() gives the same bits in ${elem} however a sequence is cut into passes`, async () => {
    using run = await TargetRun.open(STORIES, { elem });
    const oneByOne = await run.passes(IDS, [1]);
    for (
      const lengths of [[2], [7], [16], [33, 1], [64]]
    ) {
      const logits = await run.passes(IDS, lengths);
      logits.forEach((values, position) => {
        assertEquals(
          new Uint32Array(values.buffer),
          new Uint32Array(oneByOne[position]?.buffer ?? new ArrayBuffer(0)),
          `${lengths}, position ${position}`,
        );
      });
    }
  });
}

Deno.test("Target.forward() gives the same bits with its matrices split over several bindings", async () => {
  using whole = await TargetRun.open(STORIES);
  using split = await TargetRun.open(STORIES, {
    // The embedding takes 128 KiB, gate and up 86 KiB: both are split, at 32-row borders.
    maxBindingBytes: 65536,
    contextLength: 64,
    maxLogitRows: 8,
  });
  const ids = IDS.slice(0, 20);
  const lengths = [8, 7, 1, 4];
  const expected = await whole.passes(ids, lengths);
  assertEquals(await split.passes(ids, lengths), expected);
});
