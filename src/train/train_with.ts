import {
  checkSameTraining,
  type TrainingIdentity,
} from "./training_identity.ts";
import { completeTexts, describeTexts, readTexts } from "./train_texts.ts";
import { createDataSet } from "./train_data.ts";
import type { DataSet } from "./data_set.ts";
import type { DraftTrainer, DraftTrainerOptions } from "./draft_trainer.ts";
import { filesSha256 } from "./files_sha256.ts";
import { openModelFiles } from "../decode/model_files.ts";
import { openTrainFolder } from "./train_folder.ts";
import { readInitial } from "./read_initial.ts";
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

/** A drafter that was trained, and on what. */
export interface Trained {
  /** What the training has come to. */
  readonly result: Omit<TrainResult, "measured">;
  /** What it was trained on. */
  readonly dataSet: DataSet;
}

/**
 * Trains a drafter with a trainer of the caller's, and frees the devices.
 *
 * @param options See {@linkcode TrainOptions}.
 * @param createTrainer Makes the trainer.
 * @returns What the training has come to, and was on.
 * @throws As `trainDrafter` does.
 */
export async function trainWith(
  options: TrainOptions,
  createTrainer: CreateTrainer,
): Promise<Trained> {
  using files = await openModelFiles(options.model);
  const { checkpoint, tokenizer, chatTemplate } = files;
  const { config } = checkpoint;
  const settings = resolveTrainSettings(options, config);
  const { shape, recipe, seed, length, numSequences } = settings;
  const { out, signal, onProgress = () => {}, dtype = "auto" } = options;
  const initial = options.init === undefined
    ? null
    : await readInitial(options.init);
  const stopped = await openTrainFolder(out, options.isResuming ?? false);
  const model = {
    tokenizer,
    chatTemplate,
    vocabSize: config.vocabSize,
    eosTokenIds: config.eosTokenIds,
  };
  const args = { options, settings, checkpoint, model, onProgress };
  // What is wrong with them is said before the target is loaded.
  const texts = await readTexts(args);
  const weights = checkpoint.tensors.values().map(({ file }) => file);
  const targetSha256 = await filesSha256(new Set(weights));
  using teacher = await Teacher.open(checkpoint, {
    dtype,
    length,
    numSequences,
    onProgress: (done, total) => onProgress({ phase: "load", done, total }),
  });
  const identity = identify(settings, {
    target: targetSha256,
    data: describeTexts(texts, settings),
    dtype: teacher.dtype,
    ...initial === null ? {} : { init: initial.sha256 },
  });
  if (stopped !== null) checkSameTraining(stopped.identity, identity);
  const documents = await completeTexts(texts, teacher, {
    ...args,
    targetSha256,
  });
  const dataSet = createDataSet(documents, { ...settings, onProgress });
  using trainer = await createTrainer({
    shape,
    recipe,
    seed,
    target: await readEmbeddings(checkpoint),
    backend: stopped?.backend ?? options.backend ?? "auto",
    ...initial === null ? {} : { initial: initial.tensors },
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
    readonly init?: string;
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
