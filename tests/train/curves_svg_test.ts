import { assertEquals } from "@std/assert";
import { curvesSvg } from "../../src/train/curves_svg.ts";

const LOSSES = {
  loss: 0,
  regression: 0,
  crossEntropy: 0,
  contrastRegression: 0,
  contrastCrossEntropy: 0,
  gradNorm: 0,
  agreement: 0,
  overlap: 0,
  contrastAgreement: 0,
  contrastOverlap: 0,
};

/** Points of every line. */
function readLines(svg: string): (readonly number[])[][] {
  return [...svg.matchAll(/<polyline [^>]*points="([^"]*)"/g)].map((
    [, points = ""],
  ) => points.split(" ").map((point) => point.split(",").map(Number)));
}

Deno.test("curvesSvg() draws a line for each curve that has values, to scale", () => {
  const point = (step: number, loss: number, agreement: number) => ({
    step,
    trained: step === 0 ? null : { ...LOSSES, loss: loss + 1 },
    heldOut: { ...LOSSES, loss, agreement, overlap: agreement / 2 },
  });
  const points = [point(0, 3, 0), point(50, 2, 0.5), point(100, 1, 1)];
  const svg = curvesSvg(points, "a < b & c");
  const lines = readLines(svg);
  // Loss of both; agreement and overlap; nothing of a contrastive branch.
  assertEquals(lines.map((line) => line.length), [2, 3, 3, 3]);
  const [trained = [], heldOut = [], agreement = [], overlap = []] = lines;
  const xs = heldOut.map(([x]) => x ?? NaN);
  assertEquals((xs[1] ?? NaN) * 2, (xs[0] ?? NaN) + (xs[2] ?? NaN));
  assertEquals(trained.map(([x]) => x), xs.slice(1));
  // Trained on, the loss is one higher: where the held-out one was a point before.
  assertEquals(
    trained.map(([, y]) => y),
    heldOut.slice(0, 2).map(([, y]) => y),
  );
  const [low = 0, middle = 0, high = 0] = agreement.map(([, y]) => y ?? NaN);
  assertEquals(middle * 2, low + high);
  assertEquals(overlap.map(([, y]) => y), [low, (low + middle) / 2, middle]);
  assertEquals(
    svg.includes('<text x="56" y="24" font-size="15">a &lt; b &amp; c</text>'),
    true,
  );
});

Deno.test("curvesSvg() draws a single point, and a loss that stays the same", () => {
  const point = { step: 0, trained: null, heldOut: LOSSES };
  for (const points of [[point], [point, { ...point, step: 9 }]]) {
    assertEquals(/NaN|Infinity/.test(curvesSvg(points, "x")), false);
  }
});
