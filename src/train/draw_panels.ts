/** A line of a panel. */
export interface Line<Point> {
  /** What it shows. */
  readonly label: string;
  /** Its colour, as CSS writes it. */
  readonly colour: string;
  /** Its value at a point, or null where there is none. */
  readonly value: (point: Point) => number | null;
}

/** Lines over the same steps. */
export interface Panel<Point> {
  /** What its values are. */
  readonly title: string;
  /** The lines. */
  readonly lines: readonly Line<Point>[];
  /** Where its values can lie; those outside are drawn at the edge. Default: where they do. */
  readonly range?: readonly [low: number, high: number];
}

/** A point of curves. */
export interface Step {
  /** Steps made. */
  readonly step: number;
}

const WIDTH = 800;
const PANEL_HEIGHT = 230;
const MARGIN = { left: 56, right: 230, top: 34, bottom: 34 } as const;
const PLOT_WIDTH = WIDTH - MARGIN.left - MARGIN.right;
const PLOT_HEIGHT = PANEL_HEIGHT - MARGIN.top - MARGIN.bottom;

/**
 * Draws panels of lines, one below the other.
 *
 * @param points Points in order of their steps, at least one.
 * @param picture What is drawn, and what it is called.
 * @returns A picture in SVG.
 */
export function drawPanels<Point extends Step>(
  points: readonly Point[],
  { title, panels }: {
    readonly title: string;
    readonly panels: readonly Panel<Point>[];
  },
): string {
  const height = 28 + panels.length * PANEL_HEIGHT;
  const drawn = panels.map((panel, index) =>
    `<g transform="translate(0 ${28 + index * PANEL_HEIGHT})">${
      drawPanel(points, panel)
    }</g>`
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<text x="${MARGIN.left}" y="24" font-size="15">${escape(title)}</text>`,
    ...drawn,
    "</svg>\n",
  ].join("\n");
}

function drawPanel<Point extends Step>(
  points: readonly Point[],
  { title, lines, range }: Panel<Point>,
): string {
  const lastStep = Math.max(1, points.at(-1)?.step ?? 1);
  const [low, high] = range ?? rangeOf(points, lines);
  const x = (step: number): number =>
    MARGIN.left + step / lastStep * PLOT_WIDTH;
  const y = (value: number): number =>
    MARGIN.top +
    (high - Math.min(high, Math.max(low, value))) / (high - low) * PLOT_HEIGHT;
  const bottom = MARGIN.top + PLOT_HEIGHT;
  const drawn = lines.map((line) => {
    const known = points.flatMap((point) => {
      const value = line.value(point);
      return value === null ? [] : [{ x: x(point.step), y: y(value), value }];
    });
    return { ...line, known, last: known.at(-1) };
  }).filter(({ known }) => known.length > 0);
  return [
    `<text x="${MARGIN.left}" y="${MARGIN.top - 10}" fill="#444444">${
      escape(title)
    }</text>`,
    ...ticks(low, high).map((value) =>
      `<path d="M${MARGIN.left} ${
        fix(y(value))
      }h${PLOT_WIDTH}" stroke="#e4e4e4"/>` +
      `<text x="${MARGIN.left - 6}" y="${
        fix(y(value) + 4)
      }" text-anchor="end" fill="#444444">${label(value)}</text>`
    ),
    ...ticks(0, lastStep).map((step) =>
      `<text x="${fix(x(step))}" y="${
        bottom + 16
      }" text-anchor="middle" fill="#444444">${label(step)}</text>`
    ),
    ...drawn.map(({ colour, known }) =>
      `<polyline fill="none" stroke="${colour}" stroke-width="1.8" points="${
        known.map((point) => `${fix(point.x)},${fix(point.y)}`).join(" ")
      }"/>`
    ),
    ...drawn.map(({ label, colour, last }, index) =>
      `<text x="${MARGIN.left + PLOT_WIDTH + 10}" y="${
        MARGIN.top + 12 + 18 * index
      }" fill="${colour}">${label} ${last?.value.toFixed(3)}</text>`
    ),
  ].join("\n");
}

function rangeOf<Point>(
  points: readonly Point[],
  lines: readonly Line<Point>[],
): readonly [low: number, high: number] {
  const values = points.flatMap((point) =>
    lines.map((line) => line.value(point)).filter((value) => value !== null)
  );
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = (high - low) * 0.05 || 0.5;
  return [low - room, high + room];
}

/** A few round numbers from one to the other. */
function ticks(low: number, high: number): readonly number[] {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10;
  const size = step * power;
  const first = Math.ceil(low / size);
  const count = Math.floor(high / size + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, index) => (first + index) * size);
}

function label(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function fix(value: number): string {
  return value.toFixed(1);
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
