import { axisTicks, type Tick } from "./axis_ticks.ts";
import { type Chart, CHART_WIDTH, fixed } from "./chart.ts";
import { escapeText } from "./escape_text.ts";
import { shortenLabel } from "./shorten_label.ts";

/** A point of a line. */
export interface LinePoint {
  /** Its place along the axis. */
  readonly x: number;
  /** Its value. */
  readonly y: number;
}

/** A line of a chart. */
export interface Line {
  /** What it shows, written beside it. */
  readonly label: string;
  /** Its colour: a place in the sheet's palette. */
  readonly series: number;
  /** Its points, from left to right; a line without any is left out. */
  readonly points: readonly LinePoint[];
}

/** What a chart of lines shows. */
export interface LineChartOptions {
  /** What its values are. */
  readonly title: string;
  /** The lines. */
  readonly lines: readonly Line[];
  /** Where its values can lie; those outside are drawn at the edge. Default: where they do. */
  readonly range?: readonly [low: number, high: number];
  /** Where the horizontal axis begins and ends, which must differ. */
  readonly domain: readonly [first: number, last: number];
  /** Marks of the horizontal axis. Default: a few round numbers. */
  readonly ticks?: readonly Tick[];
  /** Marks each point with a dot. */
  readonly hasDots?: boolean;
}

const HEIGHT = 230;
const MARGIN = { left: 56, right: 230, top: 34, bottom: 34 } as const;
const PLOT_WIDTH = CHART_WIDTH - MARGIN.left - MARGIN.right;
const PLOT_HEIGHT = HEIGHT - MARGIN.top - MARGIN.bottom;
const LEGEND_STEP = 18;
/** Characters of a label that there is room for. */
const MAX_LABEL = 34;

/**
 * Draws lines over the same axis.
 *
 * @param options Lines, and where they lie.
 * @returns The chart.
 */
export function lineChart(options: LineChartOptions): Chart {
  const { title, domain: [first, last], hasDots = false } = options;
  const lines = options.lines.filter(({ points }) => points.length > 0);
  const [low, high] = options.range ?? rangeOf(lines);
  const { ticks = axisTicks(first, last) } = options;
  const x = (value: number): number =>
    MARGIN.left + (value - first) / (last - first) * PLOT_WIDTH;
  const y = (value: number): number =>
    MARGIN.top +
    (high - Math.min(high, Math.max(low, value))) / (high - low) * PLOT_HEIGHT;
  const bottom = MARGIN.top + PLOT_HEIGHT;
  const body = [
    `<text class="muted" x="${MARGIN.left}" y="${MARGIN.top - 10}">${
      escapeText(title)
    }</text>`,
    ...axisTicks(low, high).map(({ value, label }) =>
      `<path class="grid" d="M${MARGIN.left} ${
        fixed(y(value))
      }h${PLOT_WIDTH}"/>` +
      `<text class="muted" x="${MARGIN.left - 6}" y="${
        fixed(y(value) + 4)
      }" text-anchor="end">${label}</text>`
    ),
    ...ticks.map(({ value, label }) =>
      `<text class="muted" x="${fixed(x(value))}" y="${
        bottom + 16
      }" text-anchor="middle">${escapeText(label)}</text>`
    ),
    ...lines.flatMap(({ points, series }) => [
      `<polyline class="stroke${series}" points="${
        points.map((point) => `${fixed(x(point.x))},${fixed(y(point.y))}`)
          .join(" ")
      }"/>`,
      ...(hasDots ? points : []).map((point) =>
        `<circle class="fill${series}" cx="${fixed(x(point.x))}" cy="${
          fixed(y(point.y))
        }" r="3"/>`
      ),
    ]),
    ...lines.map(({ label, series }, index) =>
      `<text class="fill${series}" x="${MARGIN.left + PLOT_WIDTH + 10}" y="${
        MARGIN.top + 12 + LEGEND_STEP * index
      }">${escapeText(shortenLabel(label, MAX_LABEL))}</text>`
    ),
  ].join("\n");
  const legendHeight = MARGIN.top + 12 + LEGEND_STEP * lines.length;
  return { height: Math.max(HEIGHT, legendHeight), body };
}

function rangeOf(lines: readonly Line[]): readonly [low: number, high: number] {
  const values = lines.flatMap(({ points }) => points.map(({ y }) => y));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = (high - low) * 0.05 || 0.5;
  return [low - room, high + room];
}
