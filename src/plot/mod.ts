/** Plots in SVG: knows nothing of what is plotted. @module */

export {
  type Bar,
  barChart,
  type BarChartOptions,
  type BarPart,
} from "./bar_chart.ts";
export type { Chart } from "./chart.ts";
export { chartSheet, NUM_SERIES } from "./chart_sheet.ts";
export { escapeText } from "./escape_text.ts";
export {
  type Line,
  lineChart,
  type LineChartOptions,
  type LinePoint,
} from "./line_chart.ts";
export { type Curve, stepChart, type StepChartOptions } from "./step_chart.ts";
export type { Tick } from "./axis_ticks.ts";
