import { cachedHiddenStates } from "./cached_hidden_states.ts";
import type { CurvePoint } from "./curve_point.ts";
import type { DataSet, TokenBatch } from "./data_set.ts";
import type { DraftTrainer, EvalLosses } from "./draft_trainer.ts";
import { meanLosses } from "./mean_losses.ts";
import { Pace } from "./pace.ts";
import type { Teacher } from "../decode/teacher.ts";
import type { TrainProgress } from "./train_progress.ts";

/** What is trained, on what, and how long. */
export interface TrainingLoopArgs {
  /** Gives hidden states. */
  readonly teacher: Pick<Teacher, "hiddenStates" | "hiddenSize">;
  /** The drafter, new or restored. */
  readonly trainer: DraftTrainer;
  /** Batches. */
  readonly dataSet: Pick<DataSet, "batch" | "heldOutBatches">;
  /** Steps in all. */
  readonly totalSteps: number;
  /** Steps from one measurement on held-out text to the next. */
  readonly evaluateEvery: number;
  /** Steps from one checkpoint to the next. */
  readonly saveEvery: number;
  /** The curves so far; points are added. */
  readonly points: CurvePoint[];
  /** Writes a checkpoint. */
  readonly save: () => Promise<void>;
  /** Ends the training after a step. */
  readonly signal: AbortSignal | undefined;
  /** Called after each step. */
  readonly onProgress: (progress: TrainProgress) => void;
}

/** A batch with what it is for. */
interface Scheduled extends TokenBatch {
  /** Steps made once it has been worked on. */
  readonly step: number;
  readonly isHeldOut: boolean;
  /** Whether nothing else is to be done at this number of steps. */
  readonly isLast: boolean;
}

/** Most held-out batches of a measurement. */
const MAX_HELD_OUT = 4;

/**
 * Trains up to the last step, or until told to stop; either way, all of it is saved.
 *
 * @param args What is trained, on what, and how long.
 * @returns Whether the last step was made.
 * @throws {RangeError} If the loss is no longer a number.
 * @throws {GpuError} If the device fails.
 */
export async function runTrainingLoop(
  args: TrainingLoopArgs,
): Promise<boolean> {
  const { teacher, trainer, totalSteps, saveEvery, points, signal } = args;
  const pace = new Pace();
  let numUnread = 0;
  let measured: { losses: EvalLosses; weight: number }[] = [];
  const report = (): void =>
    args.onProgress({
      phase: "train",
      done: trainer.numSteps,
      total: totalSteps,
      point: points.at(-1) ?? null,
      ...pace.estimate(totalSteps - trainer.numSteps),
    });
  report();
  for await (
    const [item, hidden] of cachedHiddenStates(teacher, schedule(args))
  ) {
    const { step, isHeldOut, isLast, numTokens, pieces: _, ...batch } = item;
    if (isHeldOut) {
      const losses = await trainer.evaluate({ ...batch, hidden });
      const weight = batch.lossMask.reduce((sum, value) => sum + value, 0);
      measured.push({ losses, weight });
      if (!isLast) continue;
      const trained = numUnread > 0 ? await trainer.losses() : null;
      numUnread = 0;
      points.push({ step, trained, heldOut: meanLosses(measured) });
      measured = [];
      checkFinite(points.at(-1));
    } else {
      await trainer.step({ ...batch, hidden });
      numUnread++;
      pace.add(numTokens);
    }
    report();
    if (isLast && (step % saveEvery === 0 || step === totalSteps)) {
      await args.save();
      if (step === totalSteps) return true;
    }
    if (signal?.aborted) {
      await args.save();
      return false;
    }
  }
  return true;
}

function* schedule(args: TrainingLoopArgs): Generator<Scheduled> {
  const { trainer, dataSet, totalSteps, evaluateEvery, points } = args;
  const heldOut = dataSet.heldOutBatches(MAX_HELD_OUT);
  const isDue = (step: number): boolean =>
    step % evaluateEvery === 0 || step === totalSteps;
  function* measure(step: number): Generator<Scheduled> {
    for (const [index, batch] of heldOut.entries()) {
      const isLast = index === heldOut.length - 1;
      yield { ...batch, step, isHeldOut: true, isLast };
    }
  }
  const firstStep = trainer.numSteps;
  const isKnown = points.at(-1)?.step === firstStep;
  if (isDue(firstStep) && !isKnown) yield* measure(firstStep);
  for (let step = firstStep + 1; step <= totalSteps; step++) {
    const isLast = !isDue(step);
    yield { ...dataSet.batch(step - 1), step, isHeldOut: false, isLast };
    if (!isLast) yield* measure(step);
  }
}

function checkFinite(point: CurvePoint | undefined): void {
  const loss = point?.trained?.loss ?? 0;
  if (Number.isFinite(loss) && Number.isFinite(point?.heldOut.loss)) return;
  throw new RangeError(
    `Cannot go on training as the loss must be a number (a lower learning rate may help): found ${loss} after ${point?.step} steps`,
  );
}
