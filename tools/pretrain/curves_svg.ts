import { chartSheet, NUM_SERIES, stepChart } from "../../src/plot/mod.ts";
import type { CurvePoint } from "./curve.ts";

/** Losses above are drawn at the edge: the first ones are those of a guess among all tokens. */
const MAX_LOSS = 5;

/**
 * Draws the losses of a training over its steps.
 *
 * @param curve What was measured, at least once.
 * @returns A picture in SVG.
 */
export function curvesSvg(curve: readonly CurvePoint[]): string {
  const names = new Set(
    curve.flatMap(({ heldOut = {} }) => Object.keys(heldOut)),
  );
  const losses = curve.flatMap(({ train, heldOut = {} }) => [
    train,
    ...Object.values(heldOut),
  ]);
  const low = Math.floor(2 * Math.min(MAX_LOSS - 0.5, ...losses)) / 2;
  return chartSheet("Pre-training", [
    stepChart(curve, {
      title: "loss, nats a token",
      range: [low, MAX_LOSS],
      curves: [
        { label: "trained on", series: 0, value: ({ train }) => train },
        ...Array.from(names, (name, index) => ({
          label: `held out: ${name}`,
          series: 1 + index % (NUM_SERIES - 1),
          value: ({ heldOut }: CurvePoint) => heldOut?.[name] ?? null,
        })),
      ],
    }),
  ]);
}
