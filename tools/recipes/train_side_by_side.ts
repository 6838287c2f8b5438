import { cachedHiddenStates } from "../../src/train/cached_hidden_states.ts";
import {
  createDraftTrainer,
  type DraftTrainer,
  type TrainBackend,
} from "../../src/train/mod.ts";
import { createDataSet } from "../../src/train/train_data.ts";
import type { Entrant } from "./entrant.ts";
import { filesSha256 } from "../../src/train/files_sha256.ts";
import { openCheckpoint } from "../../src/checkpoint/mod.ts";
import { ownTexts } from "../../src/train/own_texts.ts";
import { readEmbeddings } from "../../src/decode/read_embeddings.ts";
import {
  resolveTrainSettings,
  type TrainSettings,
} from "../../src/train/train_settings.ts";
import { saveDrafter } from "../../src/train/save_drafter.ts";
import { Teacher } from "../../src/decode/teacher.ts";
import { toDocument } from "../../src/train/written_file.ts";
import type { TokenBatch } from "../../src/train/data_set.ts";

/** What to train for, on, and how long. */
export interface SideBySideOptions {
  /** Directory of the target. */
  readonly model: string;
  /** Directory of the drafters, a folder each; the texts that the target writes are kept there too. */
  readonly out: string;
  readonly entrants: readonly Entrant[];
  readonly numSteps: number;
  /** Tokens that the target writes to learn from. */
  readonly numTokens: number;
  readonly numSequences: number;
  readonly backend: TrainBackend;
  readonly onProgress: (line: string) => void;
}

/** What training one way took. */
export interface EntrantTime {
  readonly name: string;
  /** Milliseconds of a step, hidden states not included. */
  readonly stepMs: number;
}

interface Runner {
  readonly entrant: Entrant;
  readonly settings: TrainSettings;
  readonly trainer: DraftTrainer;
  elapsedMs: number;
}

const REPORT_EVERY = 50;

/**
 * Trains a drafter each way, all on the same batches: a step of each in turn, so that the target runs over
 * a batch once.
 *
 * @param options What to train for, on, and how long.
 * @returns What each took.
 */
export async function trainSideBySide(
  options: SideBySideOptions,
): Promise<EntrantTime[]> {
  const { model, out, entrants, numSteps, onProgress } = options;
  using checkpoint = await openCheckpoint(model);
  const { config } = checkpoint;
  const settingsOf = ({ kind, numExperts, recipe }: Entrant): TrainSettings =>
    resolveTrainSettings({
      model,
      out,
      numTokens: options.numTokens,
      numSequences: options.numSequences,
      recipe,
      kind,
      ...numExperts === undefined ? {} : { numExperts },
    }, config);
  const all = entrants.map((entrant) => ({
    entrant,
    settings: settingsOf(entrant),
  }));
  const [{ settings } = { settings: undefined }] = all;
  if (settings === undefined) return [];
  const { length, seed, numSequences, numTokens } = settings;
  const files = checkpoint.tensors.values().map(({ file }) => file);
  const targetSha256 = await filesSha256(new Set(files));
  using teacher = await Teacher.open(checkpoint, {
    dtype: "auto",
    length,
    numSequences,
    onProgress: () => {},
  });
  const written = await ownTexts(teacher, {
    out,
    targetSha256,
    prompts: { ids: [[config.bosTokenId ?? 0]], source: null },
    numTokens,
    length,
    seed,
    endTokens: config.eosTokenIds,
    signal: undefined,
    onProgress: () => {},
  });
  const dataSet = createDataSet(written.map(toDocument), {
    ...settings,
    onProgress: () => {},
  });
  const target = await readEmbeddings(checkpoint);
  using stack = new DisposableStack();
  const runners: Runner[] = [];
  for (const { entrant, settings } of all) {
    const { shape, recipe } = settings;
    const { backend } = options;
    const trainer = stack.use(
      await createDraftTrainer({ shape, recipe, seed, target, backend }),
    );
    runners.push({ entrant, settings, trainer, elapsedMs: 0 });
  }
  function* batches(): Generator<TokenBatch> {
    for (let step = 0; step < numSteps; step++) yield dataSet.batch(step);
  }
  for await (
    const [{ pieces: _, numTokens: __, ...batch }, hidden]
      of cachedHiddenStates(teacher, batches())
  ) {
    for (const runner of runners) {
      const start = performance.now();
      await runner.trainer.step({ ...batch, hidden });
      runner.elapsedMs += performance.now() - start;
    }
    const done = runners[0]?.trainer.numSteps ?? 0;
    if (done % REPORT_EVERY > 0) continue;
    const losses = [];
    for (const { trainer } of runners) {
      losses.push((await trainer.losses()).loss.toFixed(4));
    }
    onProgress(`${done}/${numSteps}: ${losses.join(" ")}`);
  }
  for (const { entrant, settings, trainer } of runners) {
    const folder = `${out}/${entrant.name}`;
    await Deno.mkdir(folder, { recursive: true });
    await saveDrafter({
      out: folder,
      trainer,
      shape: settings.shape,
      target: checkpoint,
      identity: { target: targetSha256, seed, length, ...settings.recipe },
      points: [],
    });
  }
  return runners.map(({ entrant: { name }, elapsedMs }) => ({
    name,
    stepMs: elapsedMs / numSteps,
  }));
}
