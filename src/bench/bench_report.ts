import { chartSheet, escapeText } from "../plot/mod.ts";
import { benchCharts } from "./bench_charts.ts";
import type { BenchResult } from "./bench_result.ts";
import { type BenchTable, benchTables } from "./bench_tables.ts";
import { describeFindings, describeSettings } from "./describe_bench.ts";

/** Forms of a report. */
export type ReportForm = "html" | "svg";

const STYLE = [
  ":root{color-scheme:light dark}",
  "body{font:15px/1.5 system-ui,sans-serif;max-width:920px;margin:2rem auto;padding:0 1rem;color:#1c1c1c;background:#fff}",
  "h1{font-size:1.3rem;margin:0 0 .5rem;overflow-wrap:anywhere}",
  "p{margin:.2rem 0;overflow-wrap:anywhere}",
  ".muted{color:#5a5a5a}",
  ".defect{color:#b00020;font-weight:600}",
  ".scroll{overflow-x:auto;margin:1.2rem 0}",
  "table{border-collapse:collapse;font-variant-numeric:tabular-nums;white-space:nowrap}",
  "th,td{padding:.25rem .9rem .25rem 0;text-align:left;border-bottom:1px solid #e4e4e4}",
  "th{font-weight:600}",
  "svg{width:100%;height:auto}",
  "@media (prefers-color-scheme:dark){body{color:#ececec;background:#161616}.muted{color:#a8a8a8}.defect{color:#ff6b7f}th,td{border-color:#333}}",
].join("");

/**
 * Writes what was measured as one file that needs no other: a page with tables and plots, or the plots alone.
 *
 * @param result What was measured.
 * @param form Which.
 * @returns The file's text.
 */
export function benchReport(result: BenchResult, form: ReportForm): string {
  const title = `jakiro bench: ${result.model}`;
  const settings = describeSettings(result);
  const findings = describeFindings(result);
  const charts = benchCharts(result);
  if (form === "svg") {
    return chartSheet(title, charts, {
      lines: [...settings, ...findings.slice(0, 1)],
    });
  }
  const [texts = "", ...others] = findings;
  const isDefect = result.differences.length > 0;
  return [
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">',
    // Says to the browser, too, that there is nothing to fetch.
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeText(title)}</title><style>${STYLE}</style></head><body>`,
    `<h1>${escapeText(title)}</h1>`,
    ...settings.map((line) => paragraph(line, "muted")),
    paragraph(texts, isDefect ? "defect" : "plain"),
    ...benchTables(result).map(tableHtml),
    ...others.map((line) => paragraph(line, "muted")),
    chartSheet(null, charts).trimEnd(),
    "</body></html>\n",
  ].join("\n");
}

function paragraph(text: string, kind: "muted" | "defect" | "plain"): string {
  return `<p class="${kind}">${escapeText(text)}</p>`;
}

function tableHtml({ head, rows }: BenchTable): string {
  const line = (cells: readonly string[], tag: "th" | "td"): string =>
    `<tr>${
      cells.map((cell) => `<${tag}>${escapeText(cell)}</${tag}>`).join("")
    }</tr>`;
  return `<div class="scroll"><table>${
    [line(head, "th"), ...rows.map((row) => line(row, "td"))].join("")
  }</table></div>`;
}
