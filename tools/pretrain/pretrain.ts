import { writeTextFile } from "../../src/checkpoint/mod.ts";
import { onInterrupt } from "../../src/cli/on_interrupt.ts";
import type { ModelRecipe } from "../default_model.ts";
import { BatchStream } from "./batch_stream.ts";
import { curvesSvg } from "./curves_svg.ts";
import { describePoint } from "./describe_point.ts";
import { heldOutBatches } from "./held_out_batches.ts";
import { openTrainer } from "./open_trainer.ts";
import type { BackendChoice } from "./read_backend.ts";
import { readPrepared } from "./read_prepared.ts";
import { type Progress, runPretraining } from "./run_pretraining.ts";
import { readState, writeState } from "./state_file.ts";
import { weightsOf } from "./weights_of.ts";
import { writeModel } from "./write_model.ts";

/** What to train on, how long, and where to. */
export interface PretrainOptions {
  /** Where `prepare.ts` wrote. */
  readonly prepared: string;
  /** Where the model goes. */
  readonly out: string;
  /** The file to go on from; null for none. */
  readonly state: string | null;
  /** Goes on from `state`. */
  readonly isResumed: boolean;
  /** What it is, and how it is trained. */
  readonly model: ModelRecipe;
  /** Time for all, in which as many steps are made as fit; null for those of the recipe. */
  readonly minutes: number | null;
  /** Of the first weights and the order of the rows. */
  readonly seed: number;
  /** Where to compute. */
  readonly backend: BackendChoice;
  /** Told how far it is, a line at a time. */
  readonly report: (line: string) => void;
}

const DATA =
  "Schema-Guided Dialogue (CC BY-SA 4.0), TinyStories (CDLA-Sharing-1.0)";
const EVERY = { log: 50, evaluate: 250, save: 500 };

/**
 * Trains a model, and writes it.
 *
 * @param options What to train on, how long, and where to.
 * @throws {ReferenceError | RangeError | SyntaxError | TypeError} A file is missing or wrong.
 */
export async function pretrain(options: PretrainOptions): Promise<void> {
  const { prepared, out, state, seed, model } = options;
  const { vocab_size: vocabSize, max_position_embeddings: length } =
    model.config;
  const sizes = { numSequences: model.rowsPerStep, length };
  const tokensPerStep = sizes.numSequences * sizes.length;
  const documents = await readPrepared(prepared, {
    vocabSize,
    maxTokens: length,
  });
  const heldOut = {
    dialogues: heldOutBatches(documents.heldOutDialogues, sizes),
    stories: heldOutBatches(documents.heldOutStories, sizes),
  };
  const stream = new BatchStream(documents.train, { ...sizes, seed });
  const resumed = options.isResumed && state !== null
    ? await readState(state)
    : null;
  const controller = new AbortController();
  using _ = onInterrupt(() => controller.abort());
  const save = async (progress: Progress): Promise<void> => {
    const { step } = progress.state;
    await writeModel(out, weightsOf(progress.state), {
      model,
      prepared,
      metadata: {
        format: "pt",
        data: DATA,
        training: `${step} steps of ${sizes.numSequences} x ${sizes.length}`,
        seed: String(seed),
      },
    });
    const curves = JSON.stringify(progress.curve);
    await writeTextFile(`${out}/curves.json`, `${curves}\n`);
    await writeTextFile(`${out}/curves.svg`, curvesSvg(progress.curve));
    if (state !== null) await writeState(state, progress);
  };
  await runPretraining({
    openTrainer: (optimizer) => openTrainer({ ...model, optimizer }, options),
    recipe: model.optimizer,
    stream,
    heldOut,
    minutes: options.minutes,
    every: EVERY,
    resumed,
    signal: controller.signal,
    save,
    report: (point, totalSteps) =>
      options.report(describePoint(point, { totalSteps, tokensPerStep })),
    now: () => performance.now(),
  });
}
