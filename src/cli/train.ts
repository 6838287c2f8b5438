import { DEFAULT_MODEL } from "../decode/mod.ts";
import { onInterrupt } from "./on_interrupt.ts";
import type { OptionName, OptionValues } from "./option_table.ts";
import { STATUS } from "./report_error.ts";
import {
  trainDrafter,
  type TrainOptions,
  type TrainRecipe,
  type TrainResult,
} from "../train/mod.ts";
import { TrainView } from "./train_view.ts";
import { UsageError } from "./usage_error.ts";
import { writeRemark, writeText } from "./output.ts";

/** Options that are numbers of the recipe, under the names that they have there. */
const RECIPE_OPTIONS = [
  "learningRate",
  "warmupSteps",
  "schedule",
  "beta1",
  "beta2",
  "epsilon",
  "weightDecay",
  "decaysMatricesOnly",
  "regressionWeight",
  "crossEntropyWeight",
  "acceptWeight",
  "contrastWeight",
  "decorrelationWeight",
  "noise",
  "unrollSteps",
  "unrollDecay",
] as const satisfies readonly (OptionName & keyof TrainRecipe)[];

/** Other options, and what they are called in code. */
const NAMES = {
  kind: "kind",
  experts: "numExperts",
  intermediate: "intermediateSize",
  init: "init",
  data: "data",
  prompts: "prompts",
  tokens: "numTokens",
  batch: "numSequences",
  length: "length",
  seed: "seed",
  evaluateEvery: "evaluateEvery",
  saveEvery: "saveEvery",
  resume: "isResuming",
  dtype: "dtype",
  backend: "backend",
} as const satisfies Partial<Record<OptionName, keyof TrainOptions>>;

/**
 * Trains a drafter. Ctrl-C ends the training behind the step being made; a second one leaves at once.
 *
 * @param values What the command line sets.
 * @returns The exit status.
 * @throws {UsageError} If there is nowhere to write.
 */
export async function runTrain(values: OptionValues): Promise<number> {
  const options = trainOptions(values);
  const controller = new AbortController();
  const { signal } = controller;
  const view = new TrainView({ isQuiet: values.quiet ?? false });
  using _ = onInterrupt(() => {
    if (signal.aborted) Deno.exit(STATUS.interrupted);
    controller.abort();
    view.remark("stopping behind this step; Ctrl-C again leaves at once");
  });
  try {
    const onProgress = view.show.bind(view);
    const result = await trainDrafter({ ...options, signal, onProgress });
    await view.stop();
    if (values.json) writeText(`${toJson(result)}\n`);
    else writeText(describe(result, values));
    return result.isFinished ? STATUS.ok : STATUS.interrupted;
  } catch (error) {
    await view.stop();
    if (!signal.aborted || error !== signal.reason) throw error;
    writeRemark("stopped before the first step: there is nothing to resume\n");
    return STATUS.interrupted;
  }
}

/**
 * Takes the options of a training out of what a command line sets.
 *
 * @param values What it sets.
 * @returns The options.
 * @throws {UsageError} If there is nowhere to write.
 */
export function trainOptions(values: OptionValues): TrainOptions {
  const { model = DEFAULT_MODEL, out, steps, clipValue, clipNorm } = values;
  if (out === undefined) {
    throw new UsageError(
      "Cannot train as --out must say where the drafter is written: found none",
    );
  }
  const recipe: Partial<TrainRecipe> = {
    ...pick(values, RECIPE_OPTIONS),
    ...steps === undefined ? {} : { totalSteps: steps },
    ...clipValue === undefined ? {} : { clipValue: clipValue || null },
    ...clipNorm === undefined ? {} : { clipNorm: clipNorm || null },
  };
  const named = Object.entries(NAMES).flatMap(([name, key]) => {
    const value = values[name as keyof typeof NAMES];
    return value === undefined ? [] : [[key, value]];
  });
  return { model, out, recipe, ...Object.fromEntries(named) };
}

/**
 * Puts what a training has come to into one JSON object.
 *
 * @param result What it has come to.
 * @returns The object as text, on one line.
 */
export function toJson({ points, ...result }: TrainResult): string {
  return JSON.stringify({ ...result, last: points.at(-1) ?? null, points });
}

function describe(result: TrainResult, { model }: OptionValues): string {
  const { out, step, isFinished, points, measured } = result;
  const heldOut = points.at(-1)?.heldOut;
  const lines = [
    `${out}: ${step} steps${
      heldOut === undefined
        ? ""
        : `, held-out loss ${heldOut.loss.toFixed(4)}, ${
          (heldOut.agreement * 100).toFixed(1)
        } % of next tokens accepted`
    }`,
    ...measured === null ? [] : [
      `${measured.tokensPerRound.toFixed(2)} tokens/round on held-out text, ${
        measured.tokensPerSecond.toFixed(1)
      } tokens/s (${
        measured.plainTokensPerSecond.toFixed(1)
      } without the drafter)`,
    ],
    isFinished
      ? `use it: jakiro generate${
        model === undefined ? "" : ` --model ${model}`
      } --draft ${out} PROMPT`
      : "go on with it: the same command and --resume",
  ];
  return `${lines.join("\n")}\n`;
}

function pick(
  values: OptionValues,
  names: readonly (typeof RECIPE_OPTIONS)[number][],
): Partial<TrainRecipe> {
  return Object.fromEntries(
    names.filter((name) => values[name] !== undefined)
      .map((name) => [name, values[name]]),
  );
}
