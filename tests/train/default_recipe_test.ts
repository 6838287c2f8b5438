import { assertEquals } from "@std/assert";
import { defaultRecipe } from "../../src/train/default_recipe.ts";

Deno.test("defaultRecipe() makes smaller steps the wider a drafter is", () => {
  const rates = [64, 256, 4096].map((hiddenSize) =>
    defaultRecipe({ hiddenSize }).learningRate
  );
  assertEquals(rates, [4e-3, 1e-3, 6.25e-5]);
});
