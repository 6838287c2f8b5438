import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { benchReport, type BenchResult } from "../../src/bench/mod.ts";
import { type Element, readElements } from "./_elements.ts";
import { CATEGORIES, RESULT } from "./_result.ts";

const FORMS = ["html", "svg"] as const;
const TITLES = [
  "tokens/s: median, and from least to largest",
  "share of rounds that accept at least so many drafted tokens",
  "cost of a pass over so many rows, in passes over one",
  "a round on the device, ms",
];

function textsOf(elements: readonly Element[], name: string): string[] {
  return elements.filter((element) => element.name === name).map(({ text }) =>
    text
  );
}

Deno.test("benchReport() draws the four plots in either form, and asks for no other file", () => {
  for (const form of FORMS) {
    const report = benchReport(RESULT, form);
    const elements = readElements(report);
    const texts = textsOf(elements, "text");
    assertEquals(texts.filter((text) => TITLES.includes(text)), TITLES);
    const local = report.replaceAll('xmlns="http://www.w3.org/2000/svg"', "");
    assertEquals(
      /https?:|\b(?:href|src)=|url\(|@import|<script/.test(local),
      false,
    );
    assertStringIncludes(report, "@media (prefers-color-scheme:dark)");
    assertEquals(/NaN|Infinity|undefined|null/.test(report), false);
    // Two lines of acceptance, one of rows.
    assertEquals(elements.filter(({ name }) => name === "polyline").length, 3);
  }
});

Deno.test("benchReport() shows names as they are, whatever is in them", () => {
  for (const form of FORMS) {
    const report = benchReport(RESULT, form);
    assertEquals(/<\/?(?:b|i)>/.test(report), false);
    assertStringIncludes(
      report,
      "jakiro bench: &lt;b&gt;models &amp; co&lt;/b&gt;",
    );
    assertStringIncludes(report, "&lt;i&gt;a&lt;/i&gt;, auto");
  }
});

Deno.test("benchReport() has tables of all ways on a page", () => {
  const elements = readElements(benchReport(RESULT, "html"));
  const cells = textsOf(elements, "td");
  assertEquals(cells.slice(0, 7), [
    "plain",
    "200 (150 to 250)",
    "1.00 (1.00 to 1.00)",
    "1.00",
    "3.25 (2.00 to 10.0)",
    "13 %",
    "2.00 MiB",
  ]);
  assertEquals(cells.slice(7, 11), [
    "&lt;i&gt;a&lt;/i&gt;, auto",
    "300 (290 to 310)",
    "1.50 (1.24 to 2.00)",
    "2.35",
  ]);
  assertEquals(cells.slice(-12, -6), [
    "&lt;i&gt;a&lt;/i&gt;, auto",
    "4.00",
    "0.50",
    "2.50",
    "1.00",
    "75 %, 50 %, 25 %",
  ]);
  assertEquals(textsOf(elements, "th").length, 7 + 6);
});

Deno.test("benchReport() has a table by category where there are several", () => {
  const cellsWith = (categories: BenchResult["categories"]): string[] =>
    textsOf(readElements(benchReport({ ...RESULT, categories }, "html")), "td");
  const cells = cellsWith(CATEGORIES);
  assertEquals(cells.slice(-36).length, 2 * 3 * 6);
  assertEquals(cells.slice(-30, -24), [
    "qa",
    "2",
    "&lt;i&gt;a&lt;/i&gt;, auto",
    "1.00 (1.00 to 1.00)",
    "1.50 (1.00 to 1.00)",
    "",
  ]);
  assertEquals(cells.slice(-18, -16), ["&lt;u&gt;", "2"]);
  // One is no other than all.
  assertEquals(cellsWith(CATEGORIES.slice(1)), cellsWith([]));
});

Deno.test("benchReport() says how numbers are stored, and what the choice of trees begins with", () => {
  for (const form of FORMS) {
    const report = benchReport(RESULT, form);
    assertStringIncludes(report, "fake, f32, KV cache in q8");
    assertStringIncludes(
      report,
      "&lt;i&gt;a&lt;/i&gt;, auto: trees are chosen from what earlier runs kept on",
    );
    const other: BenchResult = { ...RESULT, quantize: "q4", kvCache: "f32" };
    assertStringIncludes(
      benchReport(other, form),
      "fake, f32, weights in q4<",
    );
  }
});

Deno.test("benchReport() says what was measured, and that the texts are the same or not", () => {
  const settings =
    "2 prompts, 1 turn each; at most 64 tokens, temperature 0, seed 7";
  for (const form of FORMS) {
    const same = benchReport(RESULT, form);
    assertStringIncludes(same, settings);
    assertStringIncludes(
      same,
      "the texts of all 3 ways are the same, 2 texts each",
    );
    const differences = [{ way: 1, prompt: 1, repetition: 0, numCommon: 5 }];
    assertStringIncludes(
      benchReport({ ...RESULT, differences }, form),
      "a defect: 1 text differs from plain decoding&#39;s, first behind prompt 2, where &lt;i&gt;a&lt;/i&gt;, auto goes another way after 5 tokens",
    );
    const stopped = {
      ...RESULT,
      isFinished: false,
      turns: RESULT.turns.slice(1),
    };
    assertStringIncludes(
      benchReport(stopped, form),
      "each, stopped after 1 of 2; at",
    );
  }
});

Deno.test("benchReport() does without what the device or the run does not tell", () => {
  const plain: BenchResult = {
    ...RESULT,
    copyBytesPerSecond: null,
    rows: null,
    turns: [],
    ways: RESULT.ways.slice(0, 1).map((way) => ({
      ...way,
      tokensPerSecond: null,
      ratio: null,
      tokensPerRound: null,
      firstTokenMs: null,
      bandwidthShare: null,
      roundMs: null,
      idleShare: null,
    })),
  };
  for (const form of FORMS) {
    const report = benchReport(plain, form);
    const texts = textsOf(readElements(report), "text");
    assertEquals(
      texts.filter((text) => TITLES.includes(text)),
      TITLES.slice(0, 1),
    );
    assert(!/NaN|Infinity|undefined|null/.test(report));
    assertStringIncludes(report, "only plain decoding was measured");
  }
});

Deno.test("benchReport() says which products are cut as a search found", () => {
  const rule = { TILE: 8, SPAN: 1, GROUPS: 16 };
  const product: BenchResult["tuned"][number] = {
    kernel: "matmul_add",
    format: "Q4_0",
    numCols: 5632,
    numBlocks: 64,
    numRows: 8,
    rule,
    variant: { ...rule, SPAN: 2 },
  };
  for (const form of FORMS) {
    const report = (tuned: BenchResult["tuned"]): string =>
      benchReport({ ...RESULT, tuned }, form);
    assert(!report([]).includes("matmul_add"));
    const one =
      "1 product cut as a search found: matmul_add by [2048, 5632] in Q4_0, 8 rows: 8 x 2 x 16 instead of 8 x 1 x 16";
    assertStringIncludes(report([product]), `${one}<`);
    const others = [2, 4, 16].map((numRows) => ({ ...product, numRows }));
    const four = report([product, ...others]);
    assertStringIncludes(four, "4 products cut as a search found: matmul_add");
    assertStringIncludes(four, "; and 1 more<");
  }
});
