import { JAKIRO_RECIPE, type TrainRecipe } from "./train_recipe.ts";

/**
 * The published loss and noise, with a schedule for thousands of steps instead of hundreds of thousands, and ten times
 * its weight of the cross-entropy, which raises what is accepted (SPEED.md).
 */
export const DEFAULT_RECIPE: TrainRecipe = {
  ...JAKIRO_RECIPE,
  crossEntropyWeight: 1,
  learningRate: 1e-3,
  warmupSteps: 100,
  totalSteps: 3000,
};
