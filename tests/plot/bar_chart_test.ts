import {
  assertAlmostEquals,
  assertEquals,
  assertStringIncludes,
} from "@std/assert";
import { barChart } from "../../src/plot/mod.ts";

/** Left edge and width of every bar's part, by series. */
function readParts(
  body: string,
): { series: number; x: number; width: number }[] {
  const pattern =
    /<rect class="fill(\d)" x="([\d.]+)" y="[\d.]+" width="([\d.]+)" height="16"/g;
  return [...body.matchAll(pattern)].map(([, series, x, width]) => ({
    series: Number(series),
    x: Number(x),
    width: Number(width),
  }));
}

Deno.test("barChart() draws parts one behind the other, to scale", () => {
  const { body } = barChart({
    title: "ms",
    bars: [
      {
        label: "a",
        parts: [{ value: 1, series: 1 }, { value: 3, series: 2 }],
        note: "4",
      },
      { label: "b", parts: [{ value: 2, series: 1 }], note: "2" },
    ],
  });
  const [first, second, other] = readParts(body);
  assertEquals([first?.series, second?.series, other?.series], [1, 2, 1]);
  const unit = first?.width ?? NaN;
  assertAlmostEquals(second?.width ?? NaN, 3 * unit, 0.2);
  assertAlmostEquals(other?.width ?? NaN, 2 * unit, 0.2);
  assertAlmostEquals(second?.x ?? NaN, (first?.x ?? NaN) + unit, 0.2);
  assertEquals(other?.x, first?.x);
});

Deno.test("barChart() leaves room for the end of a range", () => {
  const { body } = barChart({
    title: "x",
    bars: [{
      label: "a",
      parts: [{ value: 10, series: 0 }],
      range: { min: 5, max: 20 },
      note: "",
    }],
  });
  const [part] = readParts(body);
  const [, from, to] =
    /class="whisker" d="M([\d.]+) [\d.]+H([\d.]+)M/.exec(body) ?? [];
  const [left, width] = [part?.x ?? NaN, part?.width ?? NaN];
  assertAlmostEquals(Number(from), left + width / 2, 0.2);
  assertAlmostEquals(Number(to), left + 2 * width, 0.2);
});

Deno.test("barChart() escapes labels, and keeps the end of long ones", () => {
  const label = `/models/${"x".repeat(30)}/<drafter>`;
  const { body } = barChart({
    title: "<t>",
    bars: [{ label, parts: [], note: "<n>" }],
  });
  assertStringIncludes(body, "…xxx");
  assertStringIncludes(body, "/&lt;drafter&gt;</text>");
  assertEquals(/<(?:t|n|drafter)>/.test(body), false);
  assertEquals(/NaN|Infinity/.test(body), false);
});
