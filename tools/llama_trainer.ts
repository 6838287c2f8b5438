import { numpy as np } from "@jax-js/jax";
import { causalMask } from "../src/train/causal_mask.ts";
import { chooseBackend } from "../src/train/choose_backend.ts";
import type {
  NamedTensors,
  OptimizerRecipe,
  TrainBackend,
  Trainer,
  TrainerState,
} from "../src/train/mod.ts";
import { ParameterTrainer } from "../src/train/parameter_trainer.ts";
import { createRotary } from "../src/train/rotary.ts";
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
 */
export async function createLlamaTrainer(
  options: LlamaTrainerOptions,
): Promise<LlamaTrainer> {
  const { shape, recipe, seed, initial = null } = options;
  const device = await chooseBackend(options.backend ?? "auto");
  return new JaxLlamaTrainer(
    new ParameterTrainer<LlamaInputs>({
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
    }),
    shape,
  );
}

class JaxLlamaTrainer implements LlamaTrainer {
  readonly #trainer: ParameterTrainer<LlamaInputs>;
  readonly #shape: LlamaShape;
  #tables: Pick<LlamaInputs, "cos" | "sin" | "causalMask"> | null = null;

  constructor(trainer: ParameterTrainer<LlamaInputs>, shape: LlamaShape) {
    this.#trainer = trainer;
    this.#shape = shape;
  }

  get backend(): TrainBackend {
    return this.#trainer.device;
  }

  get numSteps(): number {
    return this.#trainer.numSteps;
  }

  async step(batch: TextBatch): Promise<void> {
    await this.#trainer.step(this.#inputs(batch));
  }

  async losses(): Promise<LlamaStepLosses> {
    const { loss = NaN, gradNorm = NaN } = await this.#trainer.means();
    return { loss, gradNorm };
  }

  async evaluate(batch: TextBatch): Promise<Pick<LlamaStepLosses, "loss">> {
    const { loss = NaN } = await this.#trainer.evaluate(this.#inputs(batch));
    return { loss };
  }

  tensors(): Promise<NamedTensors> {
    return this.#trainer.tensors();
  }

  state(): Promise<TrainerState> {
    return this.#trainer.state();
  }

  restore(state: TrainerState): Promise<void> {
    return this.#trainer.restore(state);
  }

  [Symbol.dispose](): void {
    this.#trainer[Symbol.dispose]();
    for (const array of Object.values(this.#tables ?? {})) array.dispose();
  }

  #inputs(batch: TextBatch): LlamaInputs {
    const { numSequences, length, tokenIds, lossMask } = batch;
    const axes = [numSequences, length];
    const size = numSequences * length;
    if (tokenIds.length !== size || lossMask.length !== size) {
      throw new RangeError(
        `Cannot train on a batch as its shape must be [${
          axes.join(", ")
        }]: it has ${tokenIds.length} tokens and a mask of ${lossMask.length}`,
      );
    }
    const { device } = this.#trainer;
    const { cos, sin, causalMask } = this.#tablesFor(length);
    return {
      tokenIds: np.array(tokenIds, { shape: axes, device }),
      lossMask: np.array(lossMask, { shape: axes, device }),
      cos: cos.ref,
      sin: sin.ref,
      causalMask: causalMask.ref,
    };
  }

  #tablesFor(length: number): Pick<LlamaInputs, "cos" | "sin" | "causalMask"> {
    if (this.#tables?.causalMask.shape[0] === length) return this.#tables;
    for (const array of Object.values(this.#tables ?? {})) array.dispose();
    const { device } = this.#trainer;
    this.#tables = {
      ...createRotary({ ...this.#shape, length, device }),
      causalMask: causalMask(length, device),
    };
    return this.#tables;
  }
}
