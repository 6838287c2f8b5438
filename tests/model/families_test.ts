import { assert, assertEquals, assertLess } from "@std/assert";
import { FAMILY_CONFIGS, writeFamily } from "./_families.ts";
import { familyLogits } from "../reference/families.ts";
import { maxDifference, TargetRun } from "./_target_run.ts";
import { withDirectory } from "../checkpoint/tiny_model.ts";

const IDS = Array.from({ length: 30 }, (_, index) => (index * 83 + 5) % 512);
const CONTEXT = 32;

for (const [name, config] of Object.entries(FAMILY_CONFIGS)) {
  Deno.test(`Target.forward() is the published definition of ${name}, of a prompt and token by token`, async () => {
    await withDirectory(async (directory) => {
      const { tensors } = await writeFamily(directory, config);
      const expected = familyLogits(tensors, config, {
        ids: IDS,
        contextLength: CONTEXT,
      });
      const size = Math.max(...expected.flat().map(Math.abs));
      assert(size > 0.5, `logits of ${size} show nothing`);
      using run = await TargetRun.open(directory, { contextLength: CONTEXT });
      const prompt = await run.passes(IDS, [IDS.length]);
      // f32 sums of at most 512 terms of size 1 against f64.
      for (const [t, values] of expected.entries()) {
        assertLess(maxDifference(prompt[t] ?? [], values), 1e-4, `row ${t}`);
      }
      // Bits do not depend on how many rows share a pass: that holds for every family.
      assertEquals(await run.passes(IDS, [1]), prompt);
      assertEquals(await run.passes(IDS, [7, 2, 11]), prompt);
    });
  });
}
