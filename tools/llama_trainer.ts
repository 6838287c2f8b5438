import { numpy as np } from "@jax-js/jax";
import { batchTrainer } from "../src/train/batch_trainer.ts";
import { chooseBackend } from "../src/train/choose_backend.ts";
import type {
  NamedTensors,
  OptimizerRecipe,
  TrainBackend,
  Trainer,
} from "../src/train/mod.ts";
import { ParameterTrainer } from "../src/train/parameter_trainer.ts";
import { SequenceTables } from "../src/train/sequence_tables.ts";
import { llamaLayout } from "./llama_layout.ts";
import { type LlamaInputs, llamaLoss } from "./llama_loss.ts";
import type { LlamaShape } from "./llama_shape.ts";

/** Sequences to train on, padded to one length. */
export interface TextBatch {
  /** `B` */
  readonly numSequences: number;
  /** `T`, padding included. */
  readonly length: number;
  /** `[B, T]`, padded with 0. */
  readonly tokenIds: Int32Array<ArrayBuffer>;
  /** `[B, T]`: 1 where token `t`, guessed from those before it, counts; 0 elsewhere. */
  readonly lossMask: Float32Array<ArrayBuffer>;
}

/** Of a step, or the means of several. */
export interface LlamaStepLosses {
  /** Cross-entropy in nats a token. */
  readonly loss: number;
  /** The norm of all gradients before clipping. */
  readonly gradNorm: number;
}

/** Pre-trains a model with a tied head. */
export type LlamaTrainer = Trainer<
  TextBatch,
  LlamaStepLosses,
  Pick<LlamaStepLosses, "loss">
>;

/** What pre-training starts from. */
export interface LlamaTrainerOptions {
  /** The model. */
  readonly shape: LlamaShape;
  /** The optimiser. */
  readonly recipe: OptimizerRecipe;
  /** Of the first weights. */
  readonly seed: number;
  /** First weights by Hugging Face's names, instead of random ones. */
  readonly initial?: NamedTensors;
  /** Where to compute; `auto` measures. */
  readonly backend?: "auto" | TrainBackend;
}

/**
 * Makes a trainer of models.
 *
 * @param options Model, optimiser, first weights, where to compute.
 * @returns The trainer, which the caller disposes.
 * @throws {ReferenceError} The backend is not there, or a first weight is missing.
 */
export async function createLlamaTrainer(
  options: LlamaTrainerOptions,
): Promise<LlamaTrainer> {
  const { shape, recipe, seed, initial = null } = options;
  const device = await chooseBackend(options.backend ?? "auto");
  const trainer = new ParameterTrainer<LlamaInputs>({
    device,
    layout: llamaLayout(shape),
    initial,
    recipe,
    seed,
    objective: {
      loss: (parameters, inputs) => ({
        loss: llamaLoss(parameters, inputs, shape),
        terms: {},
      }),
      evaluate: (parameters, inputs) => ({
        loss: llamaLoss(parameters, inputs, shape),
      }),
    },
  });
  const tables = new SequenceTables({ ...shape, numPasses: 1, device });
  return batchTrainer(trainer, {
    inputs: (batch: TextBatch) => {
      checkTextBatch(batch, shape);
      const { numSequences, length, tokenIds, lossMask } = batch;
      const axes = [numSequences, length];
      return {
        tokenIds: np.array(tokenIds, { shape: axes, device }),
        lossMask: np.array(lossMask, { shape: axes, device }),
        ...tables.at(length),
      };
    },
    losses: ({ loss = NaN, gradNorm = NaN }) => ({ loss, gradNorm }),
    evaluation: ({ loss = NaN }) => ({ loss }),
    resources: [tables],
  });
}

function checkTextBatch(batch: TextBatch, { vocabSize }: LlamaShape): void {
  const { numSequences, length, tokenIds, lossMask } = batch;
  const size = numSequences * length;
  if (tokenIds.length !== size || lossMask.length !== size) {
    throw new RangeError(
      `Cannot train on a batch as its shape must be [${numSequences}, ${length}]: it has ${tokenIds.length} tokens and a mask of ${lossMask.length}`,
    );
  }
  const strange = tokenIds.find((id) => id < 0 || id >= vocabSize);
  if (strange !== undefined) {
    throw new RangeError(
      `Cannot train on token ${strange} as it must be below ${vocabSize}: the vocabulary ends there`,
    );
  }
}
