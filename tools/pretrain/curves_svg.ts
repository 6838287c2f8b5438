import { drawPanels } from "../../src/train/draw_panels.ts";
import type { CurvePoint } from "./curve.ts";

const COLOURS = ["#1668b8", "#d2691e", "#2e8b57"];
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
  return drawPanels(curve, {
    title: "Pre-training",
    panels: [{
      title: "loss, nats a token",
      range: [low, MAX_LOSS],
      lines: [
        {
          label: "trained on",
          colour: "#9a9a9a",
          value: ({ train }) => train,
        },
        ...Array.from(names, (name, index) => ({
          label: `held out: ${name}`,
          colour: COLOURS[index % COLOURS.length] ?? "black",
          value: ({ heldOut }: CurvePoint) => heldOut?.[name] ?? null,
        })),
      ],
    }],
  });
}
