import type { CurvePoint } from "./curve_point.ts";
import { chartSheet, type Curve, stepChart } from "../plot/mod.ts";

const LOSSES: readonly Curve<CurvePoint>[] = [
  {
    label: "trained on",
    series: 0,
    value: ({ trained }) => trained?.loss ?? null,
  },
  { label: "held out", series: 1, value: ({ heldOut }) => heldOut.loss },
];

const SHARES: readonly Curve<CurvePoint>[] = [
  {
    label: "next, greedy",
    series: 1,
    value: ({ heldOut }) => heldOut.agreement,
  },
  {
    label: "next, temperature 1",
    series: 6,
    value: ({ heldOut }) => heldOut.overlap,
  },
  {
    label: "one further, greedy",
    series: 2,
    value: ({ heldOut }) => heldOut.contrastAgreement || null,
  },
  {
    label: "one further, temperature 1",
    series: 7,
    value: ({ heldOut }) => heldOut.contrastOverlap || null,
  },
];

/**
 * Draws the curves of a training.
 *
 * @param points Points in order of their steps, at least one.
 * @param title What was trained.
 * @returns A picture in SVG.
 */
export function curvesSvg(
  points: readonly CurvePoint[],
  title: string,
): string {
  return chartSheet(title, [
    stepChart(points, { title: "loss", curves: LOSSES }),
    stepChart(points, {
      title: "share of held-out tokens that would be accepted",
      range: [0, 1],
      curves: SHARES,
    }),
  ]);
}
