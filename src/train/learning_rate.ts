import type { OptimizerRecipe } from "./optimizer_recipe.ts";

/**
 * The learning rate of a step.
 *
 * It rises linearly from 0 over the warm-up, then falls as the schedule says, and is 0 from
 * `totalSteps` on, unless the schedule is constant.
 *
 * Source: `get_cosine_schedule_with_warmup` and its siblings of Hugging Face's `transformers`.
 *
 * @param step Steps made before, from 0.
 * @param recipe Peak, warm-up, schedule.
 */
export function learningRate(
  step: number,
  recipe: Pick<
    OptimizerRecipe,
    "learningRate" | "warmupSteps" | "totalSteps" | "schedule"
  >,
): number {
  const { learningRate: peak, warmupSteps, totalSteps, schedule } = recipe;
  if (step < warmupSteps) return peak * step / warmupSteps;
  if (schedule === "constant") return peak;
  const span = Math.max(1, totalSteps - warmupSteps);
  const progress = Math.min(1, (step - warmupSteps) / span);
  return schedule === "linear"
    ? peak * (1 - progress)
    : peak * (1 + Math.cos(Math.PI * progress)) / 2;
}
