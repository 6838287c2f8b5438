import type { ModelConfig } from "../checkpoint/mod.ts";
import { defaultRecipe } from "./default_recipe.ts";
import type { DraftShape } from "./draft_shape.ts";
import type { TrainOptions } from "./train_options.ts";
import type { TrainRecipe } from "./train_recipe.ts";

/** A training's options with all defaults filled in. */
export interface TrainSettings {
  readonly shape: DraftShape;
  readonly recipe: TrainRecipe;
  readonly numTokens: number;
  /** `B` */
  readonly numSequences: number;
  /** `T` */
  readonly length: number;
  readonly seed: number;
  readonly evaluateEvery: number;
  readonly saveEvery: number;
}

const UINT32 = 2 ** 32 - 1;
/** Shorter sequences teach next to nothing. */
const MIN_LENGTH = 8;

/**
 * Fills in and checks the options of a training.
 *
 * @param options Options as the caller gave them.
 * @param config The target.
 * @returns All of them.
 * @throws {RangeError} If one is out of its range, or does not fit the target.
 */
export function resolveTrainSettings(
  options: TrainOptions,
  config: ModelConfig,
): TrainSettings {
  const { finalSoftCap } = config;
  if (finalSoftCap !== null) {
    throw new RangeError(
      `Cannot train a drafter for a ${config.modelType} as its "final_logit_softcapping" must be absent, or guesses are weighed wrongly: ${finalSoftCap}`,
    );
  }
  const recipe = { ...defaultRecipe(config), ...options.recipe };
  const { maxPositionEmbeddings } = config;
  const settings = {
    shape: resolveShape(options, config),
    recipe,
    numTokens: options.numTokens ?? 2_000_000,
    numSequences: options.numSequences ?? 32,
    length: options.length ?? Math.min(256, maxPositionEmbeddings),
    seed: options.seed ?? 0,
    evaluateEvery: options.evaluateEvery ??
      Math.max(1, Math.round(recipe.totalSteps / 60)),
    saveEvery: options.saveEvery ?? 200,
  };
  checkInteger("totalSteps", recipe.totalSteps, [1, UINT32]);
  checkInteger("numTokens", settings.numTokens, [1, 2 ** 31]);
  checkInteger("numSequences", settings.numSequences, [1, 2 ** 16]);
  checkInteger("length", settings.length, [MIN_LENGTH, maxPositionEmbeddings]);
  checkInteger("seed", settings.seed, [0, UINT32]);
  checkInteger("evaluateEvery", settings.evaluateEvery, [1, UINT32]);
  checkInteger("saveEvery", settings.saveEvery, [1, UINT32]);
  return settings;
}

function resolveShape(
  { kind = "jakiro", numExperts, intermediateSize }: TrainOptions,
  config: ModelConfig,
): DraftShape {
  const width = kind === "jakiro" ? config.hiddenSize : config.intermediateSize;
  const fixed = kind === "eagle" ? 1 : 2;
  if (kind !== "jakiro" && numExperts !== undefined && numExperts !== fixed) {
    throw new RangeError(
      `Cannot train a drafter of kind ${kind} as its experts must be ${fixed}: ${numExperts}`,
    );
  }
  const shape: DraftShape = {
    kind,
    vocabSize: config.vocabSize,
    hiddenSize: config.hiddenSize,
    numAttentionHeads: config.numAttentionHeads,
    numKeyValueHeads: config.numKeyValueHeads,
    headDim: config.headDim,
    rmsNormEps: config.rmsNormEps,
    ropeTheta: config.ropeTheta,
    ropeScaling: config.ropeScaling,
    bias: true,
    intermediateSize: intermediateSize ?? width,
    numExperts: numExperts ?? fixed,
  };
  checkInteger("numExperts", shape.numExperts, [fixed, 64]);
  checkInteger("intermediateSize", shape.intermediateSize, [4, 2 ** 20]);
  return shape;
}

function checkInteger(
  name: string,
  value: number,
  [min, max]: readonly [number, number],
): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new RangeError(
    `Cannot train as "${name}" must be an integer in [${min}, ${max}]: ${value}`,
  );
}
