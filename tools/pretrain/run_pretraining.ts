import type { OptimizerRecipe, TrainerState } from "../../src/train/mod.ts";
import type { BatchStream } from "./batch_stream.ts";
import type { CurvePoint } from "./curve.ts";
import type { LlamaTrainer, TextBatch } from "../llama_trainer.ts";
import { meanLoss } from "./mean_loss.ts";
import { planSteps } from "./plan_steps.ts";

/** A training that can go on. */
export interface Progress {
  /** Steps planned. */
  readonly totalSteps: number;
  /** Parameters and moments. */
  readonly state: TrainerState;
  /** What was measured. */
  readonly curve: readonly CurvePoint[];
}

/** What `runPretraining` needs. */
export interface RunOptions {
  /** Makes a trainer; with a plan by time, called twice. */
  readonly openTrainer: (recipe: OptimizerRecipe) => Promise<LlamaTrainer>;
  /** How to train. Its `totalSteps` holds unless `minutes` is given. */
  readonly recipe: OptimizerRecipe;
  /** What to train on. */
  readonly stream: BatchStream;
  /** What to measure with, by name. */
  readonly heldOut: Readonly<Record<string, readonly TextBatch[]>>;
  /** Ends at the latest then, and plans as many steps as fit; null for no limit. */
  readonly minutes: number | null;
  /** Steps between two points of the curve, two measurements and two savings; the latter are multiples. */
  readonly every: {
    readonly log: number;
    readonly evaluate: number;
    readonly save: number;
  };
  /** What an earlier run has saved. */
  readonly resumed: Progress | null;
  /** Ends early; what was reached is saved. */
  readonly signal: AbortSignal;
  /** Stores what was reached. */
  readonly save: (progress: Progress) => Promise<void>;
  /** Told each point. */
  readonly report: (point: CurvePoint, totalSteps: number) => void;
  /** Milliseconds since any moment. */
  readonly now: () => number;
}

/**
 * Trains until the plan, the time or the signal ends it, and saves what was reached.
 *
 * @throws {RangeError} The loss is no number any more; what was saved last is kept.
 */
export async function runPretraining(options: RunOptions): Promise<Progress> {
  const { stream, every, save, signal, now } = options;
  const startMs = now();
  const endMs = options.minutes === null
    ? Infinity
    : startMs + options.minutes * 60_000;
  const plan = await planSteps(options, { startMs, endMs });
  using trainer = plan.trainer;
  const { totalSteps } = plan;
  const curve = [...options.resumed?.curve ?? []];
  const earlierSeconds = curve.at(-1)?.seconds ?? 0;
  const isOver = (): boolean =>
    trainer.numSteps >= totalSteps || signal.aborted || now() >= endMs;
  const progress = async (): Promise<Progress> => ({
    totalSteps,
    state: await trainer.state(),
    curve,
  });
  while (!isOver()) {
    const end = nextMultiple(trainer.numSteps, every.log);
    while (trainer.numSteps < end && !isOver()) {
      await trainer.step(stream.at(trainer.numSteps));
    }
    const step = trainer.numSteps;
    const { loss, gradNorm } = await trainer.losses();
    checkFinite(loss, step);
    const isMeasured = isOver() || step % every.evaluate === 0;
    const point: CurvePoint = {
      step,
      seconds: earlierSeconds + (now() - startMs) / 1000,
      train: loss,
      gradNorm,
      ...isMeasured ? { heldOut: await measure(trainer, options.heldOut) } : {},
    };
    curve.push(point);
    options.report(point, totalSteps);
    if (step % every.save === 0 && !isOver()) await save(await progress());
  }
  const reached = await progress();
  await save(reached);
  return reached;
}

function nextMultiple(step: number, period: number): number {
  return (Math.floor(step / period) + 1) * period;
}

function checkFinite(loss: number, step: number): void {
  if (Number.isFinite(loss)) return;
  throw new RangeError(
    `Cannot go on training as the loss must be a number: ${loss} before step ${step}`,
  );
}

async function measure(
  trainer: LlamaTrainer,
  heldOut: RunOptions["heldOut"],
): Promise<Record<string, number>> {
  const losses: Record<string, number> = {};
  for (const [name, batches] of Object.entries(heldOut)) {
    losses[name] = await meanLoss(trainer, batches);
  }
  return losses;
}
