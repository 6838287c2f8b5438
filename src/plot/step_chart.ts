import type { Chart } from "./chart.ts";
import { type Line, lineChart, type LineChartOptions } from "./line_chart.ts";

/** A curve over steps. */
export interface Curve<Point> extends Pick<Line, "label" | "series"> {
  /** Its value at a point, or null where there is none. */
  readonly value: (point: Point) => number | null;
}

/** What a chart of curves shows. */
export interface StepChartOptions<Point>
  extends Pick<LineChartOptions, "title" | "range"> {
  /** The curves. */
  readonly curves: readonly Curve<Point>[];
}

/**
 * Draws curves over steps, and writes the last value of each beside it.
 *
 * @param points Points in order of their steps, at least one.
 * @param options The curves.
 * @returns The chart.
 */
export function stepChart<Point extends { readonly step: number }>(
  points: readonly Point[],
  { curves, ...options }: StepChartOptions<Point>,
): Chart {
  const lines = curves.map(({ label, series, value }): Line => {
    const known = points.flatMap((point) => {
      const y = value(point);
      return y === null ? [] : [{ x: point.step, y }];
    });
    const last = known.at(-1)?.y.toFixed(3);
    return { label: `${label} ${last}`, series, points: known };
  });
  const lastStep = Math.max(1, points.at(-1)?.step ?? 1);
  return lineChart({ ...options, lines, domain: [0, lastStep] });
}
