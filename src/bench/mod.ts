/** Measures ways of decoding side by side, and reports what came out. @module */

export { benchJson } from "./bench_json.ts";
export { benchReport, type ReportForm } from "./bench_report.ts";
export type { BenchResult, WayResult } from "./bench_result.ts";
export { type BenchTable, benchTables } from "./bench_tables.ts";
export { builtInPrompts } from "./built_in_prompts.ts";
export { describeFindings, describeSettings } from "./describe_bench.ts";
export {
  type BenchOptions,
  type BenchProgress,
  type BenchPrompt,
  type BenchWay,
  runBench,
} from "./run_bench.ts";
export type { Spread } from "./spread.ts";
