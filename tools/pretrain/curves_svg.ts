import type { CurvePoint } from "./curve.ts";

const WIDTH = 720;
const HEIGHT = 360;
const PLOT = { left: 50, right: 560, top: 20, bottom: 320 } as const;
const COLOURS = ["#9a9a9a", "#1668b8", "#d2691e", "#2e8b57"];
/** Losses above are cut off: the first ones are that of a guess among all tokens. */
const MAX_LOSS = 5;

/**
 * Draws the losses of a training over its steps.
 *
 * @param curve What was measured.
 * @returns A picture in SVG.
 */
export function curvesSvg(curve: readonly CurvePoint[]): string {
  const lastStep = curve.at(-1)?.step ?? 1;
  const lines = linesOf(curve);
  const losses = lines.flatMap(({ points }) => points.map(({ loss }) => loss));
  const low = Math.floor(2 * Math.min(MAX_LOSS - 0.5, ...losses)) / 2;
  const x = (step: number): string =>
    (PLOT.left + step / lastStep * (PLOT.right - PLOT.left)).toFixed(1);
  const y = (loss: number): string => {
    const height = (MAX_LOSS - Math.min(loss, MAX_LOSS)) / (MAX_LOSS - low);
    return (PLOT.top + height * (PLOT.bottom - PLOT.top)).toFixed(1);
  };
  const numTicks = Math.round(2 * (MAX_LOSS - low)) + 1;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    ...Array.from({ length: numTicks }, (_, index) => low + index / 2).map(
      (loss) =>
        `<path d="M${PLOT.left} ${y(loss)}H${PLOT.right}" stroke="#e4e4e4"/>` +
        `<text x="${PLOT.left - 8}" y="${
          y(loss)
        }" dy="4" text-anchor="end">${loss}</text>`,
    ),
    ...[0, 0.25, 0.5, 0.75, 1].map((share) => Math.round(share * lastStep)).map(
      (step) =>
        `<text x="${x(step)}" y="${
          PLOT.bottom + 18
        }" text-anchor="middle">${step}</text>`,
    ),
    `<text x="${PLOT.right + 12}" y="${PLOT.bottom + 18}">steps</text>`,
    `<text x="${PLOT.right + 12}" y="${PLOT.top + 4}">nats a token</text>`,
    ...lines.map(({ name, points }, index) => {
      const colour = COLOURS[index % COLOURS.length];
      const path = points.map(({ step, loss }) => `${x(step)},${y(loss)}`);
      return `<polyline fill="none" stroke="${colour}" stroke-width="1.5" points="${
        path.join(" ")
      }"/>` +
        `<text x="${PLOT.right + 12}" y="${
          PLOT.top + 28 + 20 * index
        }" fill="${colour}">${name} ${
          points.at(-1)?.loss.toFixed(3) ?? ""
        }</text>`;
    }),
    "</svg>\n",
  ].join("\n");
}

interface Line {
  readonly name: string;
  readonly points: ReadonlyArray<
    { readonly step: number; readonly loss: number }
  >;
}

function linesOf(curve: readonly CurvePoint[]): Line[] {
  const names = new Set(
    curve.flatMap(({ heldOut = {} }) => Object.keys(heldOut)),
  );
  return [
    {
      name: "trained on",
      points: curve.map(({ step, train }) => ({ step, loss: train })),
    },
    ...Array.from(names, (name) => ({
      name: `held out: ${name}`,
      points: curve.flatMap(({ step, heldOut }) => {
        const loss = heldOut?.[name];
        return loss === undefined ? [] : [{ step, loss }];
      }),
    })),
  ];
}
