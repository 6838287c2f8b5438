import { JAKIRO_RECIPE, type TrainRecipe } from "./train_recipe.ts";

/** The published loss and noise, with a schedule for thousands of steps instead of hundreds of thousands. */
export const DEFAULT_RECIPE: TrainRecipe = {
  ...JAKIRO_RECIPE,
  learningRate: 1e-3,
  warmupSteps: 100,
  totalSteps: 3000,
};
