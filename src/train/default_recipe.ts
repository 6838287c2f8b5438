import { JAKIRO_RECIPE, type TrainRecipe } from "./train_recipe.ts";

/** Times the width of the states: the wider a network, the smaller the steps that it bears. */
const RATE_TIMES_WIDTH = 0.256;

/**
 * The recipe of a drafter unless told otherwise: the published loss and noise, with a schedule for thousands of steps
 * instead of hundreds of thousands, and a learning rate that goes with the width.
 *
 * Source of the rule: Yang et al. 2022 (arXiv 2203.03466); it gives 6.3e-5 at 4,096, where the published recipe has 9e-5.
 *
 * @param shape The drafter's width, `D`.
 * @returns The recipe.
 */
export function defaultRecipe(
  { hiddenSize }: { readonly hiddenSize: number },
): TrainRecipe {
  return {
    ...JAKIRO_RECIPE,
    learningRate: RATE_TIMES_WIDTH / hiddenSize,
    warmupSteps: 100,
    totalSteps: 3000,
  };
}
