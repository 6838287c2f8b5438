import { assertEquals, assertLessOrEqual } from "@std/assert";
import type { MatmulVariant } from "../../src/ops/mod.ts";
import {
  type SearchedProduct,
  searchVariants,
  type VariantTimer,
} from "../../src/decode/search_variants.ts";

const RULE = { TILE: 1, SPAN: 1, GROUPS: 8 };
const WIDE = { TILE: 1, SPAN: 2, GROUPS: 8 };
const LONG = { TILE: 1, SPAN: 1, GROUPS: 16 };
const COMPILE_MS = 20;

interface FakeProduct extends SearchedProduct {
  /** What each of its variants takes. */
  readonly ms: readonly number[];
}

/** A device whose clock goes on by what it does. */
class FakeTimer implements VariantTimer<FakeProduct> {
  nowMs = 1000;
  /** Keys of the products that were timed, with the number of turns. */
  readonly timed: string[] = [];
  readonly #refused: MatmulVariant | null;

  constructor(refused: MatmulVariant | null = null) {
    this.#refused = refused;
  }

  now(): number {
    return this.nowMs;
  }

  compile(_: FakeProduct, variant: MatmulVariant): Promise<boolean> {
    this.nowMs += COMPILE_MS;
    return Promise.resolve(variant !== this.#refused);
  }

  time(
    product: FakeProduct,
    variants: readonly MatmulVariant[],
    numTurns: number,
  ): Promise<readonly (readonly number[])[]> {
    this.timed.push(`${product.key} ${numTurns}`);
    const times = variants.map((variant) =>
      product.ms[product.variants.indexOf(variant)] ?? NaN
    );
    this.nowMs += numTurns * times.reduce((sum, ms) => sum + ms, 0);
    return Promise.resolve(Array(numTurns).fill(times));
  }
}

function product(
  key: string,
  fields: Partial<FakeProduct> = {},
): FakeProduct {
  return {
    key,
    numRows: 1,
    weightBytes: 100,
    variants: [RULE, WIDE, LONG],
    ms: [10, 10, 10],
    ...fields,
  };
}

Deno.test("searchVariants() finds the fastest cut of each product, one row and much weight first", async () => {
  const products = [
    product("light", { ms: [10, 8, 7] }),
    product("heavy, many rows", { weightBytes: 900, numRows: 8 }),
    product("heavy", { weightBytes: 900, ms: [10, 9, 10] }),
    product("heavy, few rows", { weightBytes: 900, numRows: 4 }),
    product("light, few rows", { numRows: 4, ms: [10, 9.8, 12] }),
  ];
  const timer = new FakeTimer();
  const found = await searchVariants(products, { budgetMs: 1e6, timer });
  assertEquals([...found], [
    ["heavy", WIDE],
    ["light", LONG],
    ["heavy, few rows", RULE],
    ["heavy, many rows", RULE],
    ["light, few rows", RULE],
  ]);
  assertEquals(timer.timed.slice(0, 4), [
    "heavy 1",
    "heavy 7",
    "light 1",
    "light 7",
  ]);
});

Deno.test("searchVariants() ends with its time, in the middle of a product if need be", async () => {
  const products = Array.from(
    { length: 20 },
    (_, index) => product(`${index}`, { weightBytes: 100 - index }),
  );
  // Two compilations, a turn that warms up, and three to seven more: 160 to 280 ms.
  for (
    const [budgetMs, numFound] of [
      [0, 0],
      [10, 0],
      [50, 0],
      [100, 0],
      [170, 1],
      [290, 1],
      [1000, 3],
    ] as const
  ) {
    const timer = new FakeTimer();
    const found = await searchVariants(products, { budgetMs, timer });
    const keys = Array.from({ length: numFound }, (_, index) => `${index}`);
    assertEquals([...found.keys()], keys, `in ${budgetMs} ms`);
    // What was begun is ended: a compilation, or the turn that warms up.
    assertLessOrEqual(timer.nowMs - 1000 - budgetMs, 30);
  }
});

Deno.test("searchVariants() takes fewer turns where there is time for no more, and leaves out what takes too long", async () => {
  const slow = product("slow", { weightBytes: 900, ms: [500, 100, 500] });
  const fast = product("fast", { ms: [3, 2, 3] });
  const timer = new FakeTimer();
  const found = await searchVariants([slow, fast], { budgetMs: 2000, timer });
  assertEquals([...found], [["fast", WIDE]]);
  assertEquals(timer.timed, ["slow 1", "fast 1", "fast 7"]);
  const hurried = new FakeTimer();
  // Of 6,500 ms, 40 go into compiling and 1,100 into warming up: there are four turns in the rest.
  await searchVariants([slow], { budgetMs: 6500, timer: hurried });
  assertEquals(hurried.timed, ["slow 1", "slow 4"]);
});

Deno.test("searchVariants() does without cuts that the device refuses", async () => {
  const timer = new FakeTimer(WIDE);
  const both = product("both", { ms: [10, 1, 8] });
  const one = product("one", { variants: [RULE, WIDE], ms: [10, 1] });
  const none = product("none", { variants: [RULE], ms: [10] });
  const found = await searchVariants([both, one, none], {
    budgetMs: 1e6,
    timer,
  });
  assertEquals([...found], [["both", LONG], ["one", RULE], ["none", RULE]]);
  assertEquals(timer.timed, ["both 1", "both 7"]);
});
