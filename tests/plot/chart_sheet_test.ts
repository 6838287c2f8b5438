import { assertEquals, assertStringIncludes } from "@std/assert";
import { chartSheet, NUM_SERIES } from "../../src/plot/mod.ts";

const CHARTS = [{ height: 100, body: "<path/>" }, {
  height: 50,
  body: "<rect/>",
}];

Deno.test("chartSheet() sets charts below each other, and is as high as all", () => {
  const svg = chartSheet("a < b", CHARTS, { lines: ["c & d"] });
  assertStringIncludes(svg, 'viewBox="0 0 800 196"');
  assertStringIncludes(svg, '<g transform="translate(0 46)"><path/></g>');
  assertStringIncludes(svg, '<g transform="translate(0 146)"><rect/></g>');
  assertStringIncludes(svg, ">a &lt; b</text>");
  assertStringIncludes(svg, ">c &amp; d</text>");
  const untitled = chartSheet(null, CHARTS);
  assertStringIncludes(untitled, 'viewBox="0 0 800 150"');
  assertEquals(untitled.includes("<text"), false);
});

Deno.test("chartSheet() has every colour for light and for dark screens", () => {
  const svg = chartSheet("x", []);
  const [light = "", dark = ""] = svg.split(
    "@media (prefers-color-scheme:dark)",
  );
  for (let series = 0; series < NUM_SERIES; series++) {
    const pattern = new RegExp(`\\.fill${series}\\{fill:(#[0-9a-f]{6})\\}`);
    const [inLight, inDark] = [light, dark].map((css) =>
      pattern.exec(css)?.[1]
    );
    assertEquals([typeof inLight, typeof inDark], ["string", "string"]);
    assertEquals(inLight === inDark, false);
  }
});
