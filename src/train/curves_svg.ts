import type { CurvePoint } from "./curve_point.ts";
import { drawPanels, type Panel } from "./draw_panels.ts";

const PANELS: readonly Panel<CurvePoint>[] = [
  {
    title: "loss",
    lines: [
      {
        label: "trained on",
        colour: "#9a9a9a",
        value: ({ trained }) => trained?.loss ?? null,
      },
      {
        label: "held out",
        colour: "#1668b8",
        value: ({ heldOut }) => heldOut.loss,
      },
    ],
  },
  {
    title: "share of held-out tokens that would be accepted",
    range: [0, 1],
    lines: [
      {
        label: "next, greedy",
        colour: "#1668b8",
        value: ({ heldOut }) => heldOut.agreement,
      },
      {
        label: "next, temperature 1",
        colour: "#7fb2e5",
        value: ({ heldOut }) => heldOut.overlap,
      },
      {
        label: "one further, greedy",
        colour: "#d2691e",
        value: ({ heldOut }) => heldOut.contrastAgreement || null,
      },
      {
        label: "one further, temperature 1",
        colour: "#edb78e",
        value: ({ heldOut }) => heldOut.contrastOverlap || null,
      },
    ],
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
  return drawPanels(points, { title, panels: PANELS });
}
