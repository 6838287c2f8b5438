import { numpy as np, random } from "@jax-js/jax";
import type { ArraysByKey } from "./adamw.ts";
import { causalMask } from "./causal_mask.ts";
import { checkTrainBatch } from "./check_train_batch.ts";
import { chooseBackend } from "./choose_backend.ts";
import { draftLayout } from "./draft_layout.ts";
import { type DraftInputs, draftLoss } from "./draft_loss.ts";
import type {
  DraftLosses,
  DraftTrainer,
  DraftTrainerOptions,
  EvalLosses,
  StepLosses,
} from "./draft_trainer.ts";
import type { NamedTensors } from "./named_tensor.ts";
import { ParameterTrainer, type Scalars } from "./parameter_trainer.ts";
import { createRotary } from "./rotary.ts";
import type { TrainBatch } from "./train_batch.ts";
import type { TrainBackend, TrainerState } from "./trainer.ts";

/** Length of a sequence whose noise is as wide as the recipe says. */
const NOISE_LENGTH = 512;

/**
 * Makes a trainer of drafters.
 *
 * @param options Drafter, recipe, target, first weights, where to compute.
 * @returns The trainer, which the caller disposes.
 * @throws {ReferenceError} The backend is not there, or a first weight is missing.
 * @throws {RangeError} A size does not match.
 */
export async function createDraftTrainer(
  options: DraftTrainerOptions,
): Promise<DraftTrainer> {
  const { shape, recipe, seed, initial = null } = options;
  checkTarget(options);
  const device = await chooseBackend(options.backend ?? "auto");
  const trainer = new ParameterTrainer<DraftInputs>({
    device,
    layout: draftLayout(shape),
    initial,
    recipe,
    seed,
    objective: {
      loss(parameters, inputs, key) {
        const noise = uniformNoise(key, {
          shape: inputs.hidden.shape,
          width: recipe.noise,
        });
        const { loss, mixture, contrast } = draftLoss(parameters, inputs, {
          shape,
          recipe,
          noise,
        });
        return {
          loss,
          terms: {
            regression: mixture.regression,
            crossEntropy: mixture.crossEntropy,
            ...contrast && {
              contrastRegression: contrast.regression,
              contrastCrossEntropy: contrast.crossEntropy,
            },
          },
        };
      },
      evaluate(parameters, inputs) {
        const { loss, mixture, contrast } = draftLoss(parameters, inputs, {
          shape,
          recipe: { ...recipe, unrollSteps: 1 },
          noise: null,
        });
        return {
          loss,
          ...mixture,
          ...contrast && {
            contrastRegression: contrast.regression,
            contrastCrossEntropy: contrast.crossEntropy,
            contrastAgreement: contrast.agreement,
            contrastOverlap: contrast.overlap,
          },
        };
      },
    },
  });
  return new JaxDraftTrainer(trainer, options);
}

class JaxDraftTrainer implements DraftTrainer {
  readonly #trainer: ParameterTrainer<DraftInputs>;
  readonly #options: DraftTrainerOptions;
  readonly #target: Pick<DraftInputs, "embedTokens" | "lmHead">;
  #tables: Pick<DraftInputs, "cos" | "sin" | "causalMask"> | null = null;

  constructor(
    trainer: ParameterTrainer<DraftInputs>,
    options: DraftTrainerOptions,
  ) {
    this.#trainer = trainer;
    this.#options = options;
    const { target, shape } = options;
    const matrix = (values: Float32Array<ArrayBuffer>): np.Array =>
      np.array(values, {
        shape: [shape.vocabSize, shape.hiddenSize],
        device: trainer.device,
      });
    this.#target = {
      embedTokens: matrix(target.embedTokens),
      lmHead: matrix(target.lmHead),
    };
  }

  get backend(): TrainBackend {
    return this.#trainer.device;
  }

  get numSteps(): number {
    return this.#trainer.numSteps;
  }

  async step(batch: TrainBatch): Promise<void> {
    await this.#trainer.step(this.#inputs(batch));
  }

  async losses(): Promise<StepLosses> {
    const means = await this.#trainer.means();
    return { ...draftLosses(means), gradNorm: means.gradNorm ?? NaN };
  }

  async evaluate(batch: TrainBatch): Promise<EvalLosses> {
    const means = await this.#trainer.evaluate(this.#inputs(batch));
    return {
      ...draftLosses(means),
      agreement: means.agreement ?? NaN,
      overlap: means.overlap ?? NaN,
      contrastAgreement: means.contrastAgreement ?? 0,
      contrastOverlap: means.contrastOverlap ?? 0,
    };
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
    for (const shared of [this.#target, this.#tables ?? {}]) {
      for (const array of Object.values<np.Array>(shared)) array.dispose();
    }
  }

  #inputs(batch: TrainBatch): DraftInputs {
    const { shape } = this.#options;
    checkTrainBatch(batch, shape);
    const { numSequences, length } = batch;
    const { device } = this.#trainer;
    const axes = [numSequences, length];
    return {
      tokenIds: np.array(batch.tokenIds, { shape: axes, device }),
      hidden: np.array(batch.hidden, {
        shape: [...axes, shape.hiddenSize],
        device,
      }),
      lossMask: np.array(batch.lossMask, { shape: axes, device }),
      ...references(this.#target),
      ...references(this.#tablesFor(length)),
    };
  }

  /** Tables for sequences of a length; most batches have that of the one before. */
  #tablesFor(length: number): Pick<DraftInputs, "cos" | "sin" | "causalMask"> {
    if (this.#tables?.causalMask.shape[0] === length) return this.#tables;
    for (const array of Object.values(this.#tables ?? {})) array.dispose();
    const { shape, recipe } = this.#options;
    const { device } = this.#trainer;
    this.#tables = {
      ...createRotary({
        ...shape,
        length: length + recipe.unrollSteps - 1,
        device,
      }),
      causalMask: causalMask(length, device),
    };
    return this.#tables;
  }
}

function checkTarget({ shape, target }: DraftTrainerOptions): void {
  const { vocabSize, hiddenSize } = shape;
  for (const [name, values] of Object.entries(target)) {
    if (values.length !== vocabSize * hiddenSize) {
      throw new RangeError(
        `Cannot train with "${name}" as its shape must be [${vocabSize}, ${hiddenSize}]: it has ${values.length} values`,
      );
    }
  }
}

/** Noise on hidden states `[B, T, D]`, as the reference implementation draws it. */
function uniformNoise(
  key: np.Array,
  options: { readonly shape: number[]; readonly width: number },
): np.Array | null {
  const { shape, width } = options;
  if (width === 0) return null;
  const [, length = 1] = shape;
  const half = width / 2 * NOISE_LENGTH / length;
  return random.uniform(key, shape, { minval: -half, maxval: half });
}

function draftLosses(means: Scalars): DraftLosses {
  return {
    loss: means.loss ?? NaN,
    regression: means.regression ?? NaN,
    crossEntropy: means.crossEntropy ?? NaN,
    contrastRegression: means.contrastRegression ?? 0,
    contrastCrossEntropy: means.contrastCrossEntropy ?? 0,
  };
}

function references<Arrays extends ArraysByKey>(arrays: Arrays): Arrays {
  for (const array of Object.values(arrays)) array.ref;
  return arrays;
}
