import { assertEquals } from "@std/assert";
import { meanLosses } from "../../src/train/mean_losses.ts";

Deno.test("meanLosses() weighs every token alike", () => {
  const losses = (value: number) => ({
    loss: value,
    regression: value + 1,
    crossEntropy: 0,
    contrastRegression: 0,
    contrastCrossEntropy: 0,
    agreement: value / 8,
    overlap: 0,
    contrastAgreement: 0,
    contrastOverlap: 1,
  });
  assertEquals(
    meanLosses([
      { losses: losses(4), weight: 3 },
      { losses: losses(8), weight: 1 },
    ]),
    losses(5),
  );
});
