import { createDraftTrainer } from "./create_draft_trainer.ts";
import type { DataSet } from "./data_set.ts";
import { type DrafterMeasurement, measureDrafter } from "./measure_drafter.ts";
import { type PullProgress, resolveModel } from "../checkpoint/mod.ts";
import type { TrainOptions } from "./train_options.ts";
import type { TrainResult } from "./train_result.ts";
import { trainWith } from "./train_with.ts";

/** Ids of a plain text that are continued to measure a drafter. */
const PROMPT_LENGTH = 16;

/**
 * Trains a drafter for a frozen target, and writes it where `loadModel` can load it from.
 *
 * Texts come from files, or the target writes them itself. The target's hidden states are made while the
 * drafter is trained, and kept in memory, up to 512 MiB. What a training comes to follows from its options alone: stopped and
 * resumed, it ends with the same weights.
 *
 * @param given What to train for, on, and how.
 * @returns What the training has come to.
 * @throws {ReferenceError} If a file, a tensor or the backend is missing.
 * @throws {SyntaxError} If a file cannot be parsed.
 * @throws {TypeError} If a file or a text is of the wrong kind.
 * @throws {RangeError} If an option is out of its range, a text cannot be trained on, a resumed training would
 *   differ from the one that was stopped, or the loss is no longer a number.
 * @throws {GpuError} If there is no adapter, or its memory does not suffice.
 * @throws {DOMException} If it is told to stop before the first step.
 *
 * @example
 * ```ts ignore
 * import { trainDrafter } from "@jakiro/jakiro/train";
 *
 * const { measured } = await trainDrafter({
 *   model: "models/llama",
 *   out: "models/llama-jakiro",
 *   data: ["dialogues.jsonl"],
 * });
 * console.log(measured?.tokensPerRound);
 * ```
 */
export async function trainDrafter(
  given: TrainOptions,
): Promise<TrainResult> {
  const options = await resolveSources(given);
  const { result, dataSet } = await trainWith(options, createDraftTrainer);
  const { isFinished } = result;
  const measured = isFinished ? await measure(options, dataSet) : null;
  return { ...result, measured };
}

/** Brings what is on the Hub into the cache. */
async function resolveSources(options: TrainOptions): Promise<TrainOptions> {
  const { model, init, signal, onProgress = () => {} } = options;
  const pull = {
    signal,
    onRemark: (text: string) => onProgress({ phase: "note", text }),
    onProgress: (progress: PullProgress) =>
      onProgress({ phase: "download", ...progress }),
  };
  return {
    ...options,
    model: await resolveModel(model, pull),
    ...init === undefined ? {} : { init: await resolveModel(init, pull) },
  };
}

/** Continues the beginnings of held-out texts, and of held-out conversations what precedes the answer. */
function measure(
  { model, out, dtype = "auto", onProgress = () => {} }: TrainOptions,
  { heldOut }: DataSet,
): Promise<DrafterMeasurement> {
  const prompts = heldOut.map(({ tokenIds, isLearnt }) => {
    const firstLearnt = isLearnt?.indexOf(true) ?? PROMPT_LENGTH;
    return tokenIds.slice(0, Math.max(1, firstLearnt));
  });
  return measureDrafter(model, out, {
    prompts,
    // One shape of trees, whatever they cost here: what is measured is the drafter.
    load: { dtype, tree: {} },
    onProgress: (done, total) => onProgress({ phase: "measure", done, total }),
  });
}
