import { assertEquals } from "@std/assert";
import { benchJson } from "../../src/bench/mod.ts";
import { CATEGORIES, RESULT } from "./_result.ts";

Deno.test("benchJson() has all figures on one line, and names ways where it means them", () => {
  const differences = [{ way: 2, prompt: 1, repetition: 0, numCommon: 5 }];
  const text = benchJson({ ...RESULT, differences, categories: CATEGORIES });
  assertEquals(text.includes("\n"), false);
  const json = JSON.parse(text);
  assertEquals(json.isIdentical, false);
  assertEquals(json.differences, [
    { way: "b, tree 8", prompt: 1, repetition: 0, numCommon: 5 },
  ]);
  assertEquals(json.loadMs, 1234.57);
  assertEquals(json.ways, JSON.parse(JSON.stringify(RESULT.ways)));
  assertEquals([json.quantize, json.kvCache], [null, "q8"]);
  assertEquals(json.categories[0].category, "qa");
  assertEquals(json.categories[0].ways[1], {
    way: "<i>a</i>, auto",
    tokensPerSecond: { median: 1, min: 1, max: 1 },
    ratio: { median: 1.5, min: 1, max: 1 },
    tokensPerRound: null,
  });
  assertEquals(json.turns[1].runs[2], {
    way: "b, tree 8",
    generatedTokens: 10,
    stop: "length",
    rounds: 9,
    firstTokenMs: 30,
    decodeMs: 2000,
    tokensPerSecond: 4.5,
    acceptedPerDepth: [],
  });
  assertEquals(JSON.parse(benchJson(RESULT)).isIdentical, true);
});
