import type { LlamaTrainer } from "../llama_trainer.ts";
import type { RunOptions } from "./run_pretraining.ts";

/** A trainer that knows how many steps it will make. */
export interface Plan {
  /** The trainer, some steps ahead where time was measured. */
  readonly trainer: LlamaTrainer;
  /** Steps planned. */
  readonly totalSteps: number;
}

/** Steps before the measurement, and those that it takes. */
const SETTLING_STEPS = 10;
const MEASURED_STEPS = 40;
/** Share of the time that is left for steps: the rest is for measuring, saving, and surprises. */
const SHARE_FOR_STEPS = 0.93;

/**
 * Decides how many steps to make: those of the recipe, or of what is resumed; with a limit in time, as
 * many as fit in it. The first steps, all in the warm-up, whose learning rates do not depend on the plan,
 * say how long one takes.
 *
 * @throws {RangeError} The warm-up is too short for that.
 */
export async function planSteps(
  options: Pick<
    RunOptions,
    "minutes" | "openTrainer" | "recipe" | "resumed" | "stream" | "now"
  >,
  { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
): Promise<Plan> {
  const { openTrainer, recipe, resumed, stream, now } = options;
  if (resumed !== null || options.minutes === null) {
    const totalSteps = resumed?.totalSteps ?? recipe.totalSteps;
    const trainer = await openTrainer({ ...recipe, totalSteps });
    if (resumed !== null) await trainer.restore(resumed.state);
    return { trainer, totalSteps };
  }
  const numSteps = SETTLING_STEPS + MEASURED_STEPS;
  if (recipe.warmupSteps < numSteps) {
    throw new RangeError(
      `Cannot plan by time as the warm-up must have at least ${numSteps} steps: ${recipe.warmupSteps}`,
    );
  }
  using first = await openTrainer(recipe);
  const advance = async (end: number): Promise<number> => {
    while (first.numSteps < end) await first.step(stream.at(first.numSteps));
    await first.losses();
    return now();
  };
  const settledMs = await advance(SETTLING_STEPS);
  const measuredMs = await advance(numSteps);
  const state = await first.state();
  const stepMs = (measuredMs - settledMs) / MEASURED_STEPS;
  // A trainer's start is paid twice.
  const leftMs = endMs - measuredMs - (settledMs - startMs);
  const more = Math.floor(SHARE_FOR_STEPS * leftMs / stepMs);
  const totalSteps = Math.max(numSteps, recipe.warmupSteps, numSteps + more);
  const trainer = await openTrainer({ ...recipe, totalSteps });
  await trainer.restore(state);
  return { trainer, totalSteps };
}
