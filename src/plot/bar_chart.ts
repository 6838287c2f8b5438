import { axisTicks } from "./axis_ticks.ts";
import { type Chart, CHART_WIDTH, fixed } from "./chart.ts";
import { escapeText } from "./escape_text.ts";
import { shortenLabel } from "./shorten_label.ts";

/** Part of a bar. */
export interface BarPart {
  /** Its length. */
  readonly value: number;
  /** Its colour: a place in the sheet's palette. */
  readonly series: number;
}

/** A bar, from left to right. */
export interface Bar {
  /** What it is of. */
  readonly label: string;
  /** Its parts, in their order; of none, only the note is drawn. */
  readonly parts: readonly BarPart[];
  /** Between which values its end lies. Default: it is exact. */
  readonly range?: { readonly min: number; readonly max: number };
  /** Written behind it. */
  readonly note: string;
}

/** What a chart of bars shows. */
export interface BarChartOptions {
  /** What its values are. */
  readonly title: string;
  /** The bars. */
  readonly bars: readonly Bar[];
  /** What colours stand for. Default: for nothing. */
  readonly legend?: readonly {
    readonly label: string;
    readonly series: number;
  }[];
}

const MARGIN = { left: 190, right: 190, top: 34, bottom: 34 } as const;
const PLOT_WIDTH = CHART_WIDTH - MARGIN.left - MARGIN.right;
const ROW_HEIGHT = 28;
const BAR_HEIGHT = 16;
const LEGEND_WIDTH = 90;
/** Characters of a label that there is room for. */
const MAX_LABEL = 28;

/**
 * Draws bars below each other.
 *
 * @param options The bars.
 * @returns The chart.
 */
export function barChart(options: BarChartOptions): Chart {
  const { title, bars, legend = [] } = options;
  const high = Math.max(
    ...bars.map(({ parts, range }) =>
      Math.max(lengthOf(parts), range?.max ?? 0)
    ),
    Number.MIN_VALUE,
  );
  const x = (value: number): number => MARGIN.left + value / high * PLOT_WIDTH;
  const bottom = MARGIN.top + bars.length * ROW_HEIGHT;
  const body = [
    `<text class="muted" x="56" y="${MARGIN.top - 10}">${
      escapeText(title)
    }</text>`,
    ...legend.map(({ label, series }, index) => {
      const left = CHART_WIDTH - LEGEND_WIDTH * (legend.length - index);
      return `<rect class="fill${series}" x="${left}" y="${
        MARGIN.top - 20
      }" width="10" height="10"/><text class="muted" x="${left + 15}" y="${
        MARGIN.top - 10
      }">${escapeText(label)}</text>`;
    }),
    ...axisTicks(0, high).map(({ value, label }) =>
      `<path class="grid" d="M${fixed(x(value))} ${MARGIN.top}V${bottom}"/>` +
      `<text class="muted" x="${fixed(x(value))}" y="${
        bottom + 16
      }" text-anchor="middle">${label}</text>`
    ),
    ...bars.map((bar, index) =>
      drawBar(bar, { top: MARGIN.top + index * ROW_HEIGHT, x })
    ),
  ].join("\n");
  return { height: bottom + MARGIN.bottom, body };
}

function drawBar(
  { label, parts, range, note }: Bar,
  place: { readonly top: number; readonly x: (value: number) => number },
): string {
  const { top, x } = place;
  const text = top + ROW_HEIGHT / 2 + 4;
  const middle = fixed(top + ROW_HEIGHT / 2);
  let end = 0;
  const drawn = parts.map(({ value, series }) => {
    const left = x(end);
    end += value;
    return `<rect class="fill${series}" x="${fixed(left)}" y="${
      top + (ROW_HEIGHT - BAR_HEIGHT) / 2
    }" width="${fixed(x(end) - left)}" height="${BAR_HEIGHT}"/>`;
  });
  const whisker = range === undefined ? [] : [
    `<path class="whisker" d="M${fixed(x(range.min))} ${middle}H${
      fixed(x(range.max))
    }M${fixed(x(range.min))} ${top + 9}v10M${fixed(x(range.max))} ${
      top + 9
    }v10"/>`,
  ];
  return [
    `<text x="${MARGIN.left - 8}" y="${text}" text-anchor="end"><title>${
      escapeText(label)
    }</title>${escapeText(shortenLabel(label, MAX_LABEL))}</text>`,
    ...drawn,
    ...whisker,
    `<text x="${CHART_WIDTH - MARGIN.right + 12}" y="${text}">${
      escapeText(note)
    }</text>`,
  ].join("");
}

function lengthOf(parts: readonly BarPart[]): number {
  return parts.reduce((sum, { value }) => sum + value, 0);
}
