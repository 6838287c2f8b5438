import { assertEquals } from "@std/assert";
import { median } from "../../src/decode/median.ts";
import { spreadOf } from "../../src/bench/spread.ts";

Deno.test("median() takes the middle, and of two their mean", () => {
  assertEquals(median([3]), 3);
  assertEquals(median([5, 1, 3]), 3);
  assertEquals(median([1, 10, 2, 4]), 3);
  assertEquals(median([-1, -3]), -2);
  assertEquals(median([]), NaN);
});

Deno.test("spreadOf() says where values lie, and leaves them in their order", () => {
  const values = [4, 1, 9, 2];
  assertEquals(spreadOf(values), { median: 3, min: 1, max: 9 });
  assertEquals(values, [4, 1, 9, 2]);
  assertEquals(spreadOf([]), null);
});
