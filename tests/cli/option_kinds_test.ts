import { assertEquals } from "@std/assert";
import {
  biases,
  choice,
  each,
  flag,
  ids,
  number,
  numberOr,
  type OptionKind,
  text,
  texts,
} from "../../src/cli/option_kinds.ts";

function assertReads<T>(
  kind: OptionKind<T>,
  table: readonly (readonly [given: readonly string[], value: T | undefined])[],
): void {
  for (const [given, value] of table) {
    assertEquals([given, kind.read(given)], [given, value]);
  }
}

Deno.test("number() reads decimal notation within bounds", () => {
  assertReads(number("X", { min: -2, max: 100 }), [
    [["1"], 1],
    [["-0.5"], -0.5],
    [["+.5"], 0.5],
    [["5."], 5],
    [["1e2"], 100],
    [["1E-2"], 0.01],
    [["-2"], -2],
    [["-2.1"], undefined],
    [["100.1"], undefined],
    [["1e400"], undefined],
    [["1", "2"], 2],
  ]);
});

Deno.test("numberOr() reads a number or the word, whichever is given last", () => {
  const kind = numberOr("N|all", ["all"], { min: 1, max: 9, isInteger: true });
  assertEquals(kind.rule, "an integer in [1, 9], or all");
  assertReads(kind, [
    [["3"], 3],
    [["all"], "all"],
    [["all", "3"], 3],
    [["3", "all"], "all"],
    [["0"], undefined],
    [["1.5"], undefined],
    [["All"], undefined],
    [["all "], undefined],
    [[""], undefined],
  ]);
});

Deno.test("number() refuses what only JavaScript takes for a number", () => {
  const words = ["", " ", "0x10", "0b1", "1_0", "1,5", "NaN", "Infinity", "1n"];
  assertReads(
    number("X", { min: -1e9, max: 1e9 }),
    [...words, " 1", "1 ", "--1", "1e", ".", "e5", "１"].map((
      word,
    ) => [[word], undefined]),
  );
});

Deno.test("number() reads integers, and bounds that exclude their minimum", () => {
  assertReads(number("N", { min: 0, max: 9, isInteger: true }), [
    [["3"], 3],
    [["3.0"], 3],
    [["3.5"], undefined],
    [["-1"], undefined],
    [["10"], undefined],
  ]);
  assertReads(number("X", { min: 0, max: 1, isAboveMin: true }), [
    [["0"], undefined],
    [["-0"], undefined],
    [["1e-9"], 1e-9],
    [["1"], 1],
  ]);
  assertEquals(
    number("X", { min: 0, max: 1, isAboveMin: true }).rule,
    "a number in (0, 1]",
  );
});

Deno.test("flag() takes no value", () => {
  assertReads(flag(), [[[""], true], [["true"], undefined]]);
  assertEquals(flag().valueName, null);
});

Deno.test("text() takes the last, texts() takes all, and neither is empty", () => {
  assertReads(text("T"), [[["a"], "a"], [["a", "b"], "b"], [[""], undefined]]);
  assertReads(texts("T"), [
    [["a"], ["a"]],
    [["a", "b", "a"], ["a", "b", "a"]],
    [["a", ""], undefined],
    [Array(65).fill("a"), undefined],
  ]);
});

Deno.test("each() reads all that are given, or none", () => {
  const kind = each(numberOr("N|auto", ["auto"], { min: 1, max: 9 }));
  assertEquals(kind.rule, "a number in [1, 9], or auto");
  assertReads(kind, [
    [["2", "auto", "2"], [2, "auto", 2]],
    [["2", "10"], undefined],
    [["x", "2"], undefined],
  ]);
});

Deno.test("choice() takes one of its words", () => {
  assertReads(choice("TYPE", ["auto", "f16"]), [
    [["f16"], "f16"],
    [["F16"], undefined],
    [[""], undefined],
  ]);
});

Deno.test("ids() reads a list", () => {
  assertReads(ids("IDS"), [
    [["1,403,407"], [1, 403, 407]],
    [["1, 2"], [1, 2]],
    [["0"], [0]],
    [[""], undefined],
    [["1,"], undefined],
    [["1 2"], undefined],
    [["-1"], undefined],
    [["1.5"], undefined],
    [["4294967296"], undefined],
  ]);
});

Deno.test("biases() reads pairs, the last of an id", () => {
  assertReads(biases("ID=X", { min: -10, max: 10 }), [
    [["5=-1.5"], new Map([[5, -1.5]])],
    [["5=1", "6=2", "5=3"], new Map([[5, 3], [6, 2]])],
    [["5"], undefined],
    [["5="], undefined],
    [["=5"], undefined],
    [["5=1=2"], undefined],
    [["-5=1"], undefined],
    [["5=11"], undefined],
  ]);
});
