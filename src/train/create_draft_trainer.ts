import { numpy as np, random } from "@jax-js/jax";
import { batchTrainer } from "./batch_trainer.ts";
import { checkTrainBatch } from "./check_train_batch.ts";
import { chooseBackend } from "./choose_backend.ts";
import { draftLayout } from "./draft_layout.ts";
import { type DraftInputs, draftLoss } from "./draft_loss.ts";
import type {
  DraftLosses,
  DraftTrainer,
  DraftTrainerOptions,
} from "./draft_trainer.ts";
import { ParameterTrainer, type Scalars } from "./parameter_trainer.ts";
import { SequenceTables } from "./sequence_tables.ts";
import type { TrainBackend } from "./trainer.ts";
import type { TrainBatch } from "./train_batch.ts";

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
  const tables = new SequenceTables({
    ...shape,
    numPasses: recipe.unrollSteps,
    device,
  });
  const target = putTarget(options, device);
  return batchTrainer(trainer, {
    inputs: (batch: TrainBatch) => {
      checkTrainBatch(batch, shape);
      const axes = [batch.numSequences, batch.length];
      return {
        tokenIds: np.array(batch.tokenIds, { shape: axes, device }),
        hidden: np.array(batch.hidden, {
          shape: [...axes, shape.hiddenSize],
          device,
        }),
        lossMask: np.array(batch.lossMask, { shape: axes, device }),
        embedTokens: target.embedTokens.ref,
        lmHead: target.lmHead.ref,
        ...tables.at(batch.length),
      };
    },
    losses: (means) => ({
      ...draftLosses(means),
      gradNorm: means.gradNorm ?? NaN,
    }),
    evaluation: (means) => ({
      ...draftLosses(means),
      agreement: means.agreement ?? NaN,
      overlap: means.overlap ?? NaN,
      contrastAgreement: means.contrastAgreement ?? 0,
      contrastOverlap: means.contrastOverlap ?? 0,
    }),
    resources: [tables, target],
  });
}

/** Puts what the drafter borrows on the device. */
function putTarget(
  { shape, target }: DraftTrainerOptions,
  device: TrainBackend,
): Pick<DraftInputs, "embedTokens" | "lmHead"> & Disposable {
  const axes = [shape.vocabSize, shape.hiddenSize];
  const embedTokens = np.array(target.embedTokens, { shape: axes, device });
  const lmHead = np.array(target.lmHead, { shape: axes, device });
  return {
    embedTokens,
    lmHead,
    [Symbol.dispose](): void {
      embedTokens.dispose();
      lmHead.dispose();
    },
  };
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
