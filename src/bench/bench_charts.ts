import { barChart, type Chart, lineChart, NUM_SERIES } from "../plot/mod.ts";
import type { BenchResult, WayResult } from "./bench_result.ts";
import { formatFigure } from "./format_figure.ts";
import { idleMs } from "./idle_ms.ts";
import type { RowCost } from "./measure_rows.ts";

/** Parts of a round, and their colours. */
const PARTS = [
  { label: "verify", series: 1 },
  { label: "accept", series: 3 },
  { label: "draft", series: 2 },
  { label: "idle", series: 0 },
] as const;

/**
 * Draws what was measured: speeds, what is accepted, what rows cost, and what rounds are made of.
 *
 * @param result What was measured.
 * @returns The charts; without those of which nothing is known.
 */
export function benchCharts({ ways, rows }: BenchResult): readonly Chart[] {
  return [
    drawSpeeds(ways),
    ...ways.some(({ acceptedPerDepth }) => acceptedPerDepth.length > 0)
      ? [drawAcceptance(ways)]
      : [],
    ...rows === null || rows.length < 2 ? [] : [drawRows(rows)],
    ...ways.some(({ roundMs }) => roundMs !== null) ? [drawRounds(ways)] : [],
  ];
}

function drawSpeeds(ways: readonly WayResult[]): Chart {
  return barChart({
    title: "tokens/s: median, and from least to largest",
    bars: ways.map(({ name, tokensPerSecond, ratio }, index) => ({
      label: name,
      parts: tokensPerSecond === null
        ? []
        : [{ value: tokensPerSecond.median, series: index % NUM_SERIES }],
      ...tokensPerSecond === null ? {} : { range: tokensPerSecond },
      note: tokensPerSecond === null ? "" : formatFigure(tokensPerSecond.median)
        .concat(
          index === 0 || ratio === null
            ? ""
            : `, ${ratio.median.toFixed(2)} × plain`,
        ),
    })),
  });
}

function drawAcceptance(ways: readonly WayResult[]): Chart {
  const depth = Math.max(
    2,
    ...ways.map(({ acceptedPerDepth }) => acceptedPerDepth.length),
  );
  return lineChart({
    title: "share of rounds that accept at least so many drafted tokens",
    range: [0, 1],
    domain: [1, depth],
    ticks: Array.from({ length: depth }, (_, index) => ({
      value: index + 1,
      label: String(index + 1),
    })),
    hasDots: true,
    lines: ways.map(({ name, acceptedPerDepth }, index) => ({
      label: name,
      series: index % NUM_SERIES,
      points: acceptedPerDepth.map((y, level) => ({ x: level + 1, y })),
    })),
  });
}

function drawRows(rows: readonly RowCost[]): Chart {
  const last = rows.at(-1);
  return lineChart({
    title: "cost of a pass over so many rows, in passes over one",
    range: [0, 1.05 * Math.max(...rows.map(({ ratio }) => ratio))],
    domain: [0, Math.log2(last?.numRows ?? 2)],
    ticks: rows.map(({ numRows }) => ({
      value: Math.log2(numRows),
      label: String(numRows),
    })),
    hasDots: true,
    lines: [{
      label: `${last?.numRows} rows: ${last?.ratio.toFixed(2)}`,
      series: 1,
      points: rows.map(({ numRows, ratio }) => ({
        x: Math.log2(numRows),
        y: ratio,
      })),
    }],
  });
}

function drawRounds(ways: readonly WayResult[]): Chart {
  return barChart({
    title: "a round on the device, ms",
    legend: PARTS,
    bars: ways.flatMap((way) => {
      const { name, roundMs } = way;
      if (roundMs === null) return [];
      const { verify, accept, draft } = roundMs;
      const times = [verify, accept, draft, idleMs(way) ?? 0];
      const totalMs = times.reduce((sum, ms) => sum + ms, 0);
      return [{
        label: name,
        parts: PARTS.map(({ series }, index) => ({
          value: times[index] ?? 0,
          series,
        })),
        note: `${formatFigure(totalMs)} ms`,
      }];
    }),
  });
}
