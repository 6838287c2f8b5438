import { assertEquals, assertStringIncludes } from "@std/assert";
import { lineChart } from "../../src/plot/mod.ts";

const POINTS = [{ x: 0, y: 1 }, { x: 1, y: 2 }, { x: 3, y: 9 }];

Deno.test("lineChart() puts points where the ticks say, and those outside at the edge", () => {
  const { body } = lineChart({
    title: "cost",
    range: [0, 4],
    domain: [0, 3],
    ticks: [0, 1, 3].map((value) => ({ value, label: `r${value}` })),
    hasDots: true,
    lines: [{ label: "one", series: 1, points: POINTS }],
  });
  const at = (label: string): number =>
    Number(
      new RegExp(`x="([\\d.]+)" y="212" text-anchor="middle">${label}<`).exec(
        body,
      )?.[1],
    );
  const line =
    /points="([^"]+)"/.exec(body)?.[1]?.split(" ").map((point) =>
      point.split(",").map(Number)
    ) ?? [];
  assertEquals(line.map(([x]) => x), [at("r0"), at("r1"), at("r3")]);
  // 34 is the top, at 4; 196 the bottom, at 0.
  assertEquals(line.map(([, y]) => y), [155.5, 115, 34]);
  assertEquals(body.match(/<circle class="fill1"/g)?.length, 3);
});

Deno.test("lineChart() leaves out lines without points, and makes room for many", () => {
  const line = (label: string) => ({ label, series: 0, points: POINTS });
  const options = { title: "t", domain: [0, 3] } as const;
  const one = lineChart({
    ...options,
    lines: [line("<a>"), { label: "empty", series: 1, points: [] }],
  });
  assertEquals(one.body.match(/<polyline/g)?.length, 1);
  assertStringIncludes(one.body, "&lt;a&gt;");
  assertEquals(one.body.includes("empty"), false);
  const many = lineChart({
    ...options,
    lines: Array.from({ length: 20 }, (_, index) => line(`line ${index}`)),
  });
  assertEquals(many.height > one.height, true);
});
