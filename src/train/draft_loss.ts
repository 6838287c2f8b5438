import { nn, numpy as np } from "@jax-js/jax";
import type { ArraysByKey } from "./adamw.ts";
import type { KeysAndValues } from "./attention.ts";
import { draftNetwork } from "./draft_network.ts";
import type { DraftShape } from "./draft_shape.ts";
import { expertCosine } from "./expert_cosine.ts";
import { type GuessTerms, guessTerms } from "./guess_terms.ts";
import { linear } from "./linear.ts";
import { maskedMean } from "./masked_mean.ts";
import type { TrainRecipe } from "./train_recipe.ts";

/** What the loss takes besides the parameters; nothing is consumed. */
export type DraftInputs = {
  /** `[B, T]` */
  readonly tokenIds: np.Array;
  /** `[B, T, D]` */
  readonly hidden: np.Array;
  /** `[B, T]` */
  readonly lossMask: np.Array;
  /** `[V, D]` */
  readonly embedTokens: np.Array;
  /** `[V, D]` */
  readonly lmHead: np.Array;
  /** `[T+U-1, 1, E/2]`, for `U` passes. */
  readonly cos: np.Array;
  /** `[T+U-1, 2, E/2]` */
  readonly sin: np.Array;
  /** `[T, T]` */
  readonly causalMask: np.Array;
};

/** Means over the tokens that count, `[]` each. */
export type GuessMeans = Record<keyof GuessTerms, np.Array>;

/** The loss, and what the first pass's guesses were like. */
export type DraftLossResult = {
  /** `[]` */
  readonly loss: np.Array;
  /** The mixture's. */
  readonly mixture: GuessMeans;
  /** The contrast's; null for kinds without that branch. */
  readonly contrast: GuessMeans | null;
};

/**
 * The loss of a drafter on a batch.
 *
 * Token `t` of the first pass takes the target's hidden state there and the embedding of token
 * `t+1`; its mixture guesses the state at `t+1`, its contrast the one at `t+2`. Each further pass
 * does the same one token later, with its own guesses for states.
 *
 * Source: `docs/design.md`; Jakiro's reference implementation, `jakiro/train/main.py`; EAGLE-3
 * (arXiv 2503.01840), section 3.2, for the further passes.
 *
 * @param parameters The drafter's; not consumed.
 * @param inputs A batch and what all batches share.
 * @param options Shape and recipe; `noise` `[B, T, D]`, consumed, is added to the hidden states.
 * @returns Loss and terms.
 */
export function draftLoss(
  parameters: ArraysByKey,
  inputs: DraftInputs,
  options: {
    readonly shape: DraftShape;
    readonly recipe: TrainRecipe;
    readonly noise: np.Array | null;
  },
): DraftLossResult {
  const { shape, recipe, noise } = options;
  const [numSequences = 0, length = 0] = inputs.tokenIds.shape;
  const rows = (x: np.Array): np.Array =>
    x.reshape([numSequences * length, -1]);
  const probabilities = nn.softmax(
    linear(rows(inputs.hidden.ref), inputs.lmHead.ref),
    -1,
  ).reshape([numSequences, length, shape.vocabSize]);
  const mask = withoutLast(inputs.lossMask.ref);
  const compare = (guess: np.Array, ahead: number): GuessMeans =>
    guessMeans(guess, {
      expected: {
        hidden: rows(shift(inputs.hidden.ref, ahead)),
        probabilities: rows(shift(probabilities.ref, ahead)),
      },
      lmHead: inputs.lmHead.ref,
      mask: shift(mask.ref, ahead - 1),
    });
  let hidden = rows(
    noise === null ? inputs.hidden.ref : inputs.hidden.ref.add(noise),
  );
  const earlier: KeysAndValues[] = [];
  const losses: np.Array[] = [];
  let first: Omit<DraftLossResult, "loss"> | null = null;
  for (let pass = 0; pass < recipe.unrollSteps; pass++) {
    const nextIds = shift(inputs.tokenIds.ref, pass + 1);
    const branches = draftNetwork(parameters, {
      shape,
      tables: {
        rotary: {
          cos: inputs.cos.ref.slice([pass, pass + length]),
          sin: inputs.sin.ref.slice([pass, pass + length]),
        },
        mask: inputs.causalMask,
      },
      embedded: rows(np.take(inputs.embedTokens.ref, nextIds, 0)),
      hidden,
      earlier,
      wantsExperts: recipe.decorrelationWeight > 0,
    });
    earlier.push(branches.own);
    hidden = branches.mixture.ref;
    const mixture = compare(branches.mixture, pass + 1);
    const contrast = branches.contrast &&
      compare(branches.contrast, pass + 2);
    first ??= { mixture, contrast };
    let loss = guessLoss(mixture, recipe);
    if (contrast !== null) {
      loss = loss.add(guessLoss(contrast, recipe).mul(recipe.contrastWeight));
    }
    if (recipe.decorrelationWeight > 0) {
      const cosine = maskedMean(
        expertCosine(branches.experts),
        shift(mask.ref, pass).reshape([-1]),
      );
      loss = loss.add(cosine.mul(recipe.decorrelationWeight));
    }
    losses.push(loss.mul(recipe.unrollDecay ** pass));
  }
  if (first === null) {
    throw new RangeError(
      `Cannot train as there must be a pass: "unrollSteps" is ${recipe.unrollSteps}`,
    );
  }
  return { loss: losses.reduce((sum, loss) => sum.add(loss)), ...first };
}

/** Compares guesses with what the target made, and averages. */
function guessMeans(
  guess: np.Array,
  options: Parameters<typeof guessTerms>[1] & { readonly mask: np.Array },
): GuessMeans {
  const mask = options.mask.reshape([-1]);
  const terms = guessTerms(guess, options);
  const mean = (term: np.Array): np.Array => maskedMean(term, mask.ref);
  return {
    regression: mean(terms.regression),
    crossEntropy: mean(terms.crossEntropy),
    overlap: mean(terms.overlap),
    agreement: mean(terms.agreement),
  };
}

/** Weighs the terms of one branch. */
function guessLoss(means: GuessMeans, recipe: TrainRecipe): np.Array {
  const { regressionWeight, crossEntropyWeight, acceptWeight } = recipe;
  const loss = means.regression.ref.mul(regressionWeight)
    .add(means.crossEntropy.ref.mul(crossEntropyWeight));
  if (acceptWeight === 0) return loss;
  return loss.add(means.overlap.ref.mul(-1).add(1).mul(acceptWeight));
}

/** Moves `[B, T, ...]` towards its start along `T`, filling with 0. */
function shift(x: np.Array, by: number): np.Array {
  if (by === 0) return x;
  const none = x.shape.slice(2).map((): [number, number] => [0, 0]);
  return np.pad(x.slice([], [by]), [[0, 0], [0, by], ...none]);
}

/** Sets the last column of `[B, T]` to 0: what follows it is unknown. */
function withoutLast(mask: np.Array): np.Array {
  return np.pad(mask.slice([], [0, -1]), [[0, 0], [0, 1]]);
}
