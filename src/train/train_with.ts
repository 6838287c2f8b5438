import {
  checkSameTraining,
  type TrainingIdentity,
} from "./training_identity.ts";
import { completeTexts, readTexts } from "./train_texts.ts";
import { createDataSet } from "./train_data.ts";
import type { DataSet } from "./data_set.ts";
import type { DraftTrainer, DraftTrainerOptions } from "./draft_trainer.ts";
import { type DrafterMeasurement, measureDrafter } from "./measure_drafter.ts";
import { filesSha256 } from "./files_sha256.ts";
import { loadChatTemplate, Tokenizer } from "../text/mod.ts";
import { openCheckpoint } from "../checkpoint/mod.ts";
import { openTrainFolder } from "./train_folder.ts";
import { readEmbeddings } from "../decode/read_embeddings.ts";
import { resolveTrainSettings, type TrainSettings } from "./train_settings.ts";
import { runTrainingLoop } from "./training_loop.ts";
import { saveDrafter } from "./save_drafter.ts";
import { Teacher } from "../decode/teacher.ts";
import type { TrainOptions } from "./train_options.ts";
import type { TrainResult } from "./train_result.ts";

/** Makes a trainer. */
export type CreateTrainer = (
  options: DraftTrainerOptions,
) => Promise<DraftTrainer>;

/** Ids of a plain text that are continued to measure a drafter. */
const PROMPT_LENGTH = 16;

/**
 * Trains a drafter with a trainer of the caller's.
 *
 * @param options See {@linkcode TrainOptions}.
 * @param createTrainer Makes the trainer.
 * @returns What the training has come to.
 * @throws As `trainDrafter` does.
 */
export async function trainWith(
  options: TrainOptions,
  createTrainer: CreateTrainer,
): Promise<TrainResult> {
  const { result, dataSet } = await train(options, createTrainer);
  const { isFinished } = result;
  const measured = isFinished ? await measure(options, dataSet) : null;
  return { ...result, measured };
}

/** Trains, and frees the devices. */
async function train(
  options: TrainOptions,
  createTrainer: CreateTrainer,
): Promise<{
  readonly result: Omit<TrainResult, "measured">;
  readonly dataSet: DataSet;
}> {
  using checkpoint = await openCheckpoint(options.model);
  const { config } = checkpoint;
  const settings = resolveTrainSettings(options, config);
  const { shape, recipe, seed, length, numSequences } = settings;
  const { out, signal, onProgress = () => {}, dtype = "auto" } = options;
  const stopped = await openTrainFolder(out, options.isResuming ?? false);
  const model = {
    tokenizer: await Tokenizer.load(options.model),
    chatTemplate: await loadChatTemplate(options.model),
    vocabSize: config.vocabSize,
    eosTokenIds: config.eosTokenIds,
  };
  const args = { options, settings, checkpoint, model, onProgress };
  // What is wrong with them is said before the target is loaded.
  const texts = await readTexts(args);
  const files = checkpoint.tensors.values().map(({ file }) => file);
  const targetSha256 = await filesSha256(new Set(files));
  using teacher = await Teacher.open(checkpoint, {
    dtype,
    length,
    numSequences,
    onProgress: (done, total) => onProgress({ phase: "load", done, total }),
  });
  const { documents, data } = await completeTexts(texts, teacher, {
    ...args,
    targetSha256,
  });
  const dataSet = createDataSet(documents, { ...settings, onProgress });
  const identity = identify(settings, {
    target: targetSha256,
    data,
    dtype: teacher.dtype,
  });
  if (stopped !== null) checkSameTraining(stopped.identity, identity);
  using trainer = await createTrainer({
    shape,
    recipe,
    seed,
    target: await readEmbeddings(checkpoint),
    backend: stopped?.backend ?? options.backend ?? "auto",
  });
  if (stopped !== null) await trainer.restore(stopped.state);
  const points = [...stopped?.points ?? []];
  const saved = { out, trainer, shape, target: checkpoint, identity, points };
  const isFinished = await runTrainingLoop({
    teacher,
    trainer,
    dataSet,
    totalSteps: recipe.totalSteps,
    evaluateEvery: settings.evaluateEvery,
    saveEvery: settings.saveEvery,
    points,
    save: () => saveDrafter(saved),
    signal,
    onProgress,
  });
  const result = {
    out,
    step: trainer.numSteps,
    isFinished,
    backend: trainer.backend,
    deviceName: teacher.deviceName,
    points,
  };
  return { result, dataSet };
}

/** What must not change for a training to go on as if it had not stopped. */
function identify(
  { shape, recipe, seed, length, numSequences }: TrainSettings,
  source: {
    readonly target: string;
    readonly data: string;
    readonly dtype: string;
  },
): TrainingIdentity {
  const { kind, numExperts, intermediateSize } = shape;
  return {
    ...source,
    kind,
    numExperts,
    intermediateSize,
    seed,
    length,
    numSequences,
    ...recipe,
  };
}

/** Continues the beginnings of held-out texts, and of held-out conversations what precedes the answer. */
function measure(
  { model, out, dtype = "auto" }: TrainOptions,
  { heldOut }: DataSet,
): Promise<DrafterMeasurement> {
  const prompts = heldOut.map(({ tokenIds, isLearnt }) => {
    const firstLearnt = isLearnt?.indexOf(true) ?? PROMPT_LENGTH;
    return tokenIds.slice(0, Math.max(1, firstLearnt));
  });
  return measureDrafter(model, out, { prompts, load: { dtype } });
}
