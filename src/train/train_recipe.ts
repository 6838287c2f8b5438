import type { OptimizerRecipe } from "./optimizer_recipe.ts";

/** Every hyper-parameter of a drafter's training. */
export interface TrainRecipe extends OptimizerRecipe {
  /** Weight of smooth L1 between the drafter's states and the target's. */
  readonly regressionWeight: number;
  /** Weight of the cross-entropy between the drafter's tokens and the target's. */
  readonly crossEntropyWeight: number;
  /** Weight of total variation, which is one minus the chance of acceptance. */
  readonly acceptWeight: number;
  /** Weight of the contrastive branch beside the mixture's. */
  readonly contrastWeight: number;
  /** Weight of the squared cosine between two experts' outputs. */
  readonly decorrelationWeight: number;
  /** Width of the uniform noise on the input states, at 512 tokens a sequence. */
  readonly noise: number;
  /** Passes in a row, each taking the states that the one before it made; 1 is upstream's. */
  readonly unrollSteps: number;
  /** Weight of each further pass, relative to the one before it. */
  readonly unrollDecay: number;
}

/** The published recipe of Jakiro; its 20 epochs are `totalSteps` here. */
export const JAKIRO_RECIPE: TrainRecipe = {
  learningRate: 9e-5,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 1e-3,
  decaysMatricesOnly: false,
  warmupSteps: 2000,
  totalSteps: 800_000,
  schedule: "cosine",
  clipValue: 0.5,
  clipNorm: null,
  regressionWeight: 1,
  crossEntropyWeight: 0.1,
  acceptWeight: 0,
  contrastWeight: 0.5,
  decorrelationWeight: 0,
  noise: 0.2,
  unrollSteps: 1,
  unrollDecay: 0.8,
};
