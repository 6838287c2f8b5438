import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertStringIncludes,
} from "@std/assert";
import type { CurvePoint } from "../../../tools/pretrain/curve.ts";
import { curvesSvg } from "../../../tools/pretrain/curves_svg.ts";
import { describePoint } from "../../../tools/pretrain/describe_point.ts";

const CURVE: readonly CurvePoint[] = [
  { step: 50, seconds: 10, train: 7, gradNorm: 3 },
  { step: 100, seconds: 20, train: 3, gradNorm: 2, heldOut: { tales: 2.5 } },
  { step: 200, seconds: 41, train: 1.75, gradNorm: 1, heldOut: { tales: 2 } },
];

/** The places of a picture's lines. */
function linesOf(svg: string): number[][][] {
  return [...svg.matchAll(/points="([^"]*)"/g)].map(([, points = ""]) =>
    points.split(" ").map((point) => point.split(",").map(Number))
  );
}

/** The height of a loss, by the two outermost that the picture's grid marks. */
function heightsOf(svg: string): (loss: number) => number {
  const marks = [
    ...svg.matchAll(
      /y="([\d.]+)" text-anchor="end">([\d.]+)</g,
    ),
  ].map(([, height, loss]) => ({
    loss: Number(loss),
    height: Number(height) - 4,
  }));
  const [first, last] = [marks.at(0), marks.at(-1)];
  assert(first && last && first.loss < last.loss);
  const slope = (last.height - first.height) / (last.loss - first.loss);
  return (loss) => first.height + slope * (loss - first.loss);
}

Deno.test("curvesSvg() puts each loss at its height and step", () => {
  const svg = curvesSvg(CURVE);
  const [trained = [], tales = []] = linesOf(svg);
  const heightOf = heightsOf(svg);
  assertEquals(trained.length, 3);
  assertEquals(tales.length, 2);
  assertAlmostEquals(trained[1]?.[1] ?? NaN, heightOf(3), 0.1);
  assertAlmostEquals(tales[0]?.[1] ?? NaN, heightOf(2.5), 0.1);
  assertAlmostEquals(tales[1]?.[1] ?? NaN, heightOf(2), 0.1);
  // Too high a loss lies on the upper edge.
  assertAlmostEquals(trained[0]?.[1] ?? NaN, heightOf(5), 0.1);
  const [x50 = NaN, x100 = NaN, x200 = NaN] = trained.map(([x = NaN]) => x);
  assertAlmostEquals(x200 - x100, 2 * (x100 - x50), 0.3);
  assertEquals(tales.map(([x]) => x), [x100, x200]);
  assertStringIncludes(svg, "held out: tales 2.000");
});

Deno.test("curvesSvg() draws a training that has only begun", () => {
  assertEquals(linesOf(curvesSvg(CURVE.slice(0, 1))).length, 1);
});

Deno.test("describePoint() says how far it is, and what is left", () => {
  const [, point] = CURVE;
  assertEquals(
    point && describePoint(point, { totalSteps: 200, tokensPerStep: 6144 }),
    "step 100/200 · 0.61 M tokens · 20 s, 20 s left · loss 3.000 · gradients 2.00 · tales 2.5000",
  );
});
