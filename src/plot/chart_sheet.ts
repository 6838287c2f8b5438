import { type Chart, CHART_WIDTH } from "./chart.ts";
import { escapeText } from "./escape_text.ts";

/** A colour on white and on black. */
type Colour = readonly [light: string, dark: string];

/** Colours of series, by their places: grey, then those that differ most, then paler ones. */
const PALETTE: readonly Colour[] = [
  ["#8c8c8c", "#9a9a9a"],
  ["#1668b8", "#5aa9f0"],
  ["#d2691e", "#f0975a"],
  ["#2e8b57", "#5cc48a"],
  ["#8e44ad", "#c48be0"],
  ["#c2185b", "#f06a9b"],
  ["#7fb2e5", "#3a75ad"],
  ["#edb78e", "#a8683a"],
];

/** Colours that series can have. */
export const NUM_SERIES: number = PALETTE.length;

const STYLE = `<style>${
  [
    ".sheet{font-family:system-ui,sans-serif;font-size:12px}",
    ".sheet polyline,.sheet path{fill:none;stroke-width:1.8}",
    ".sheet .grid{stroke-width:1}",
    ...colours(0),
    `@media (prefers-color-scheme:dark){${colours(1).join("")}}`,
  ].join("")
}</style>`;

/**
 * Draws charts below each other, in the colours that the reader's screen has, light or dark.
 *
 * @param title What is drawn; null leaves it to the page that the picture is put into.
 * @param charts The charts, from the top down.
 * @param lines Lines below the title. Default: none.
 * @returns A picture in SVG that needs no other file.
 */
export function chartSheet(
  title: string | null,
  charts: readonly Chart[],
  { lines = [] }: { readonly lines?: readonly string[] } = {},
): string {
  let top = (title === null ? 0 : 28) + 18 * lines.length;
  const drawn = charts.map(({ height, body }) => {
    const group = `<g transform="translate(0 ${top})">${body}</g>`;
    top += height;
    return group;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${CHART_WIDTH} ${top}" class="sheet">`,
    STYLE,
    `<rect class="ground" width="${CHART_WIDTH}" height="${top}"/>`,
    ...title === null
      ? []
      : [`<text x="56" y="24" font-size="15">${escapeText(title)}</text>`],
    ...lines.map((line, index) =>
      `<text class="muted" x="56" y="${44 + 18 * index}">${
        escapeText(line)
      }</text>`
    ),
    ...drawn,
    "</svg>\n",
  ].join("\n");
}

function colours(scheme: 0 | 1): readonly string[] {
  const pick = (light: string, dark: string): string =>
    [light, dark][scheme] ?? light;
  return [
    `.sheet text{fill:${pick("#1c1c1c", "#ececec")}}`,
    `.sheet .muted{fill:${pick("#5a5a5a", "#a8a8a8")}}`,
    `.sheet .ground{fill:${pick("#ffffff", "#161616")}}`,
    `.sheet .grid{stroke:${pick("#e4e4e4", "#333333")}}`,
    `.sheet .whisker{stroke:${pick("#1c1c1c", "#ececec")}}`,
    ...PALETTE.map(([light, dark], series) => {
      const colour = pick(light, dark);
      return `.sheet .stroke${series}{stroke:${colour}}.sheet .fill${series}{fill:${colour}}`;
    }),
  ];
}
