import type { DraftShape } from "./draft_shape.ts";
import type { NamedTensors } from "./named_tensor.ts";
import type { TrainBatch } from "./train_batch.ts";
import type { Trainer } from "./trainer.ts";
import type { TrainRecipe } from "./train_recipe.ts";

/** Terms of a drafter's loss, unweighted: means over the tokens that count. */
export interface DraftLosses {
  /** The weighted sum. */
  readonly loss: number;
  /** Smooth L1 between the drafter's states and the target's. */
  readonly regression: number;
  /** Cross-entropy in nats between the drafter's tokens and the target's. */
  readonly crossEntropy: number;
  /** Smooth L1 of the contrastive branch, one token further; 0 where there is none. */
  readonly contrastRegression: number;
  /** Cross-entropy of the contrastive branch; 0 where there is none. */
  readonly contrastCrossEntropy: number;
}

/** Of a step, or the means of several. */
export interface StepLosses extends DraftLosses {
  /** The norm of all gradients before clipping. */
  readonly gradNorm: number;
}

/** Of a batch that is not trained on; the contrastive branch's are 0 where there is none. */
export interface EvalLosses extends DraftLosses {
  /** Share of tokens where the mixture's likeliest token is the target's: accepted if greedy. */
  readonly agreement: number;
  /** Mean share that the mixture's and the target's distributions have in common: accepted at temperature 1. */
  readonly overlap: number;
  /** As `agreement`, of the contrastive branch, one token further. */
  readonly contrastAgreement: number;
  /** As `overlap`, of the contrastive branch, one token further. */
  readonly contrastOverlap: number;
}

/** Trains a drafter for a frozen target. */
export type DraftTrainer = Trainer<TrainBatch, StepLosses, EvalLosses>;

/** What a drafter's training starts from. */
export interface DraftTrainerOptions {
  /** The drafter. */
  readonly shape: DraftShape;
  /** Loss, noise, optimiser. */
  readonly recipe: TrainRecipe;
  /** Of the first weights and of the noise, which depends on the step besides nothing else. */
  readonly seed: number;
  /** What the drafter borrows from its target. */
  readonly target: {
    /** `[V, D]` */
    readonly embedTokens: Float32Array<ArrayBuffer>;
    /** `[V, D]` */
    readonly lmHead: Float32Array<ArrayBuffer>;
  };
  /** First weights by upstream's names, instead of random ones. */
  readonly initial?: NamedTensors;
  /** Where to compute; `auto` takes what makes a batch's step faster. */
  readonly backend?: "auto" | "wasm" | "webgpu";
}
