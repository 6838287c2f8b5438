import { assertEquals } from "@std/assert";
import { chooseVariant } from "../../src/decode/choose_variant.ts";

const RULE = { TILE: 1, SPAN: 1, GROUPS: 8 };
const WIDE = { TILE: 1, SPAN: 2, GROUPS: 8 };
const LONG = { TILE: 1, SPAN: 1, GROUPS: 16 };

Deno.test("chooseVariant() takes the fastest that is clearly faster than the rule's", () => {
  const variants = [RULE, WIDE, LONG] as const;
  const choose = (...turns: number[][]) => chooseVariant(variants, turns);
  assertEquals(choose([10, 9, 8], [10, 9, 8], [11, 9, 8]), LONG);
  assertEquals(choose([10, 8, 9], [10, 8, 9], [11, 8, 9]), WIDE);
  // 4 % is within what the same launches differ by.
  assertEquals(choose([10, 9.6, 9.7], [10, 9.6, 9.7], [10, 9.6, 9.7]), RULE);
  assertEquals(choose([10, 11, 12], [10, 11, 12]), RULE);
});

Deno.test("chooseVariant() keeps the rule's where another is faster in as many turns as it is slower", () => {
  const variants = [RULE, WIDE] as const;
  const turns = [[10, 11], [20, 11], [10, 10.5], [20, 9]];
  assertEquals(chooseVariant(variants, turns), RULE);
  // The median is no worse than before.
  assertEquals(chooseVariant(variants, [...turns, [20, 9]]), WIDE);
});

Deno.test("chooseVariant() keeps the rule's where nothing was measured", () => {
  assertEquals(chooseVariant([RULE, WIDE], []), RULE);
  assertEquals(chooseVariant([RULE], [[1], [1], [1]]), RULE);
  assertEquals(chooseVariant([RULE, WIDE], [[1, NaN], [1, NaN]]), RULE);
});
