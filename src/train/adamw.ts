import { numpy as np } from "@jax-js/jax";
import type { OptimizerRecipe } from "./optimizer_recipe.ts";

/** Arrays by a parameter's key. */
export type ArraysByKey = Record<string, np.Array>;

/** Parameters and what the optimiser knows of their past. */
export type OptimizerState = {
  /** The parameters. */
  readonly parameters: ArraysByKey;
  /** Means of their gradients. */
  readonly moment1: ArraysByKey;
  /** Means of their gradients' squares. */
  readonly moment2: ArraysByKey;
};

/**
 * A step of AdamW, its gradients clipped.
 *
 * Source: Loshchilov and Hutter 2017 (arXiv 1711.05101), algorithm 2, as `torch.optim.AdamW` has it.
 *
 * @param state Parameters and moments; consumed.
 * @param gradients By parameter; consumed.
 * @param options The recipe; `rates` `[3]` holds the learning rate and what corrects the two
 * moments' bias, and is consumed.
 * @returns The next state, and the norm of all gradients before clipping.
 */
export function adamw(
  state: OptimizerState,
  gradients: ArraysByKey,
  options: { readonly recipe: OptimizerRecipe; readonly rates: np.Array },
): { readonly state: OptimizerState; readonly gradNorm: np.Array } {
  const { recipe, rates } = options;
  const { beta1, beta2, epsilon, weightDecay, clipNorm, clipValue } = recipe;
  const gradNorm = norm(Object.values(gradients));
  const scale = clipNorm === null ? null : np.minimum(
    1,
    np.reciprocal(gradNorm.ref.add(1e-6)).mul(clipNorm),
  );
  const [rate, correction1, correction2] = np.split(rates, 3);
  if (!rate || !correction1 || !correction2) {
    throw new RangeError(
      `Cannot step as there must be 3 rates: ${rates.shape}`,
    );
  }
  const next = { parameters: {}, moment1: {}, moment2: {} } as OptimizerState;
  for (const [key, parameter] of Object.entries(state.parameters)) {
    const { [key]: gradient } = gradients;
    const { [key]: moment1 } = state.moment1;
    const { [key]: moment2 } = state.moment2;
    if (!gradient || !moment1 || !moment2) {
      throw new ReferenceError(`Cannot step "${key}" as it must have moments`);
    }
    const scaled = scale === null ? gradient : gradient.mul(scale.ref);
    const clipped = clipValue === null
      ? scaled
      : np.clip(scaled, -clipValue, clipValue);
    const mean = moment1.mul(beta1).add(clipped.ref.mul(1 - beta1));
    const square = moment2.mul(beta2).add(
      np.square(clipped).mul(1 - beta2),
    );
    const spread = np.sqrt(square.ref.mul(correction2.ref)).add(epsilon);
    const update = mean.ref.mul(correction1.ref).div(spread);
    const decay = recipe.decaysMatricesOnly && parameter.ndim < 2
      ? 0
      : weightDecay;
    next.parameters[key] = parameter.ref.sub(
      update.add(parameter.mul(decay)).mul(rate.ref),
    );
    next.moment1[key] = mean;
    next.moment2[key] = square;
  }
  for (const array of [rate, correction1, correction2, scale]) array?.dispose();
  return { state: next, gradNorm };
}

/** The norm of arrays together; sums of rows first, as one long f32 sum would lose digits. */
function norm(arrays: readonly np.Array[]): np.Array {
  const squares = arrays.map((array) =>
    np.sum(np.sum(np.square(array.ref), -1))
  );
  return np.sqrt(squares.reduce((sum, square) => sum.add(square)));
}
