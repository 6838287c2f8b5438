import { assertAlmostEquals, assertEquals } from "@std/assert";
import { learningRate } from "../../src/train/learning_rate.ts";

const RECIPE = { learningRate: 8, warmupSteps: 4, totalSteps: 12 };

function rates(
  schedule: "cosine" | "linear" | "constant",
  steps: readonly number[],
): number[] {
  return steps.map((step) => learningRate(step, { ...RECIPE, schedule }));
}

Deno.test("learningRate() rises from 0 to its peak over the warm-up", () => {
  for (const schedule of ["cosine", "linear", "constant"] as const) {
    assertEquals(rates(schedule, [0, 1, 2, 3, 4]), [0, 2, 4, 6, 8]);
  }
});

Deno.test("learningRate() falls along half a cosine, a line, or not at all", () => {
  const [quarter = NaN, half = NaN, end = NaN, after = NaN] = rates(
    "cosine",
    [6, 8, 12, 20],
  );
  assertAlmostEquals(quarter, 4 + 4 * Math.SQRT1_2, 1e-12);
  assertAlmostEquals(half, 4, 1e-12);
  assertEquals([end, after], [0, 0]);
  assertEquals(rates("linear", [6, 8, 12, 20]), [6, 4, 0, 0]);
  assertEquals(rates("constant", [6, 8, 12, 20]), [8, 8, 8, 8]);
});

Deno.test("learningRate() is the peak at once without a warm-up", () => {
  const recipe = { ...RECIPE, warmupSteps: 0, schedule: "cosine" } as const;
  assertEquals(learningRate(0, recipe), 8);
});
