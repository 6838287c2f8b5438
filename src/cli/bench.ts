import {
  benchJson,
  type BenchOptions,
  benchReport,
  type BenchResult,
  benchTables,
  builtInPrompts,
  describeFindings,
  describeSettings,
  runBench,
} from "../bench/mod.ts";
import { type DataFile, readDataFile } from "../train/data_file.ts";
import { DEFAULT_MODEL, type Model } from "../decode/mod.ts";
import type { EncodedPrompt } from "../train/encoded_prompt.ts";
import { benchWays } from "./bench_ways.ts";
import { BenchView } from "./bench_view.ts";
import { checkReportFile } from "./report_file.ts";
import { formatColumns } from "./format.ts";
import { loadOptions, type OptionValues } from "./option_table.ts";
import { onInterrupt } from "./on_interrupt.ts";
import { questionIds } from "../chat/question.ts";
import { readPrompts } from "../train/read_prompts.ts";
import { STATUS } from "./report_error.ts";
import { toQuestion } from "./read_prompt.ts";
import { writeRemark, writeText } from "./output.ts";
import { writeTextFile } from "../checkpoint/mod.ts";

/** The model that comes along, whose address would say where the program is. */
const DEFAULT_NAME = "weights/chat";
const DEFAULT_TOKENS = 128;
const DEFAULT_REPEAT = 3;

/**
 * Measures ways of decoding side by side. Ctrl-C ends the measuring with what there is; a second one leaves at once.
 *
 * @param values What the command line sets.
 * @returns The exit status: 1 where texts differ.
 * @throws {UsageError} If a static tree is given sizes, or the report's name says no form.
 * @throws {ReferenceError} If the prompts or the report's directory do not exist.
 */
export async function runBenchCommand(values: OptionValues): Promise<number> {
  const { model = DEFAULT_MODEL, report, benchPrompts } = values;
  const { quiet = false } = values;
  const form = report === undefined ? null : await checkReportFile(report);
  const file = benchPrompts === undefined
    ? null
    : await readDataFile(benchPrompts);
  const view = new BenchView(quiet);
  const controller = new AbortController();
  const { signal } = controller;
  using _ = onInterrupt(() => {
    // While the model is loaded, there is nothing to end cleanly.
    if (signal.aborted || !view.isMeasuring) Deno.exit(STATUS.interrupted);
    controller.abort();
  });
  let result: BenchResult;
  try {
    result = await runBench(model, {
      ...benchOptions(values, file),
      signal,
      onProgress: (progress) => view.measure(progress),
      load: {
        ...commonLoadOptions(values),
        onProgress: (progress) => view.load(progress),
        ...quiet ? {} : { onRemark: (text) => writeRemark(`${text}\n`) },
      },
    });
  } finally {
    await view.stop();
  }
  if (!quiet) remark(result, values);
  if (report !== undefined && form !== null) {
    await writeTextFile(report, benchReport(result, form));
    if (!quiet) writeRemark(`${report} has the report\n`);
  }
  writeText(values.json ? `${benchJson(result)}\n` : describe(result));
  return benchStatus(result);
}

/**
 * Says how the program ends behind a measurement.
 *
 * @param result What was measured.
 * @returns The exit status: texts that differ are a failure, however the measurement ended.
 */
export function benchStatus(
  { differences, isFinished }: Pick<BenchResult, "differences" | "isFinished">,
): number {
  if (differences.length > 0) return STATUS.failed;
  return isFinished ? STATUS.ok : STATUS.interrupted;
}

/** What a command line says of a measurement. */
export type AskedBench = Omit<BenchOptions, "load" | "onProgress" | "signal">;

/**
 * Takes what is to be measured out of what a command line sets.
 *
 * @param values What it sets.
 * @param file The file of prompts, or null for those that come along.
 * @returns What is to be measured.
 * @throws {UsageError} If a static tree is given sizes.
 */
export function benchOptions(
  values: OptionValues,
  file: DataFile | null,
): AskedBench {
  return {
    modelName: values.model ?? DEFAULT_NAME,
    ways: benchWays(values),
    prompts: (model) =>
      file === null ? encodeBuiltIn(model) : encodeFile(model, file),
    maxTokens: values.benchTokens ?? DEFAULT_TOKENS,
    temperature: values.benchTemperature ?? 0,
    seed: values.benchSeed ?? 0,
    ignoreEos: values.ignoreEos ?? false,
    repeat: values.repeat ?? DEFAULT_REPEAT,
  };
}

/** Those that all ways share. */
function commonLoadOptions(values: OptionValues): BenchOptions["load"] {
  const { draft: _, draftVocab: __, tree: ___, ...common } = loadOptions(
    values,
  );
  const { tuneMs } = values;
  return { ...common, ...tuneMs === undefined ? {} : { tuneMs } };
}

function encodeFile(
  { tokenizer, chatTemplate, config }: Model,
  file: DataFile,
): readonly EncodedPrompt[] {
  const { vocabSize, eosTokenIds } = config;
  return readPrompts(file, { tokenizer, chatTemplate, vocabSize, eosTokenIds });
}

function encodeBuiltIn(model: Model): readonly EncodedPrompt[] {
  return builtInPrompts(model.chatTemplate !== null).map((text) => ({
    ids: questionIds(model, toQuestion(model, text, {})),
    category: null,
  }));
}

function remark(result: BenchResult, { benchDrafts }: OptionValues): void {
  if (benchDrafts === undefined && result.ways.length === 1) {
    writeRemark(
      'only plain decoding is measured as there is no folder "drafter" in the model\'s, and no --draft\n',
    );
  }
}

function describe(result: BenchResult): string {
  const tables = benchTables(result).flatMap(({ head, rows }) => [
    "",
    ...formatColumns([head, ...rows]),
  ]);
  return [
    result.model,
    ...describeSettings(result),
    ...tables,
    "",
    ...describeFindings(result),
    "",
  ].join("\n");
}
