import { assert, assertEquals, assertLess } from "@std/assert";
import { uniform } from "../../src/train/uniform.ts";

Deno.test("uniform() follows from seed and counters alone", () => {
  assertEquals(uniform(7, [1, 2]), uniform(7, [1, 2]));
  const all = [
    uniform(0, []),
    uniform(0, [0]),
    uniform(0, [0, 0]),
    uniform(1, [0]),
    uniform(0, [1]),
    uniform(2 ** 32 - 1, [0]),
    uniform(1, [2, 3]),
    uniform(1, [3, 2]),
  ];
  assertEquals(new Set(all).size, all.length);
  assert(all.every((value) => value >= 0 && value < 1));
});

Deno.test("uniform() spreads evenly over consecutive counters", () => {
  const [numValues, numBins] = [64_000, 64];
  const counts = new Array<number>(numBins).fill(0);
  let product = 0;
  for (let index = 0; index < numValues; index++) {
    const value = uniform(3, [2, index]);
    const bin = Math.floor(value * numBins);
    counts[bin] = (counts[bin] ?? 0) + 1;
    product += (value - 0.5) * (uniform(3, [2, index + 1]) - 0.5);
  }
  const expected = numValues / numBins;
  const chiSquare = counts.reduce(
    (sum, count) => sum + (count - expected) ** 2 / expected,
    0,
  );
  // 63 degrees of freedom: above 115 once in 10,000.
  assertLess(chiSquare, 115);
  // Neighbours are uncorrelated: the mean of products is within 4 deviations, 1/12 each, of 0.
  assertLess(Math.abs(product / numValues), 4 / 12 / Math.sqrt(numValues));
});
