import { nn, numpy as np } from "@jax-js/jax";
import type { ArraysByKey } from "./adamw.ts";
import type { KeysAndValues } from "./attention.ts";
import type { DraftParameter } from "./draft_layout.ts";
import type { DraftShape } from "./draft_shape.ts";
import { expertWeights } from "./expert_weights.ts";
import { swigluActivations } from "./feed_forward.ts";
import { linear } from "./linear.ts";
import { rmsNorm } from "./rms_norm.ts";
import { storeGradient } from "./store_gradient.ts";
import { type AttentionTables, selfAttention } from "./self_attention.ts";

/** What a pass of the drafter makes of all tokens. */
export type DraftBranches = {
  /** `[N, D]`: guesses at the next hidden state. */
  readonly mixture: np.Array;
  /** `[N, D]`: guesses at the one after it; null for kinds without that branch. */
  readonly contrast: np.Array | null;
  /** `[N, D]` by expert: their outputs apart from each other, on request. */
  readonly experts: readonly np.Array[];
  /** Keys and values, for later passes. */
  readonly own: KeysAndValues;
};

/**
 * A pass of the drafter over all tokens of a batch.
 *
 * Source: EAGLE (arXiv 2401.15077) and Jakiro (arXiv 2502.06282), figure 3.
 *
 * @param parameters The drafter's; not consumed.
 * @param options `embedded` and `hidden` `[N, D]` are consumed, all else is not.
 * @returns Guesses, which the caller disposes.
 */
export function draftNetwork(
  parameters: ArraysByKey,
  options: {
    readonly shape: DraftShape;
    readonly tables: AttentionTables;
    readonly embedded: np.Array;
    readonly hidden: np.Array;
    readonly earlier: readonly KeysAndValues[];
    readonly wantsExperts: boolean;
  },
): DraftBranches {
  const { shape, tables, earlier } = options;
  const weight = (key: DraftParameter): np.Array => {
    const { [key]: array } = parameters;
    if (array === undefined) {
      throw new ReferenceError(
        `Cannot run the drafter as it must have "${key}"`,
      );
    }
    return array.ref;
  };
  let x = linear(
    np.concatenate([options.embedded, options.hidden], 1),
    weight("fc"),
  );
  if (shape.bias) x = x.add(weight("fcBias"));
  else x = storeGradient(x);
  const attended = selfAttention(
    x.ref,
    { qkv: weight("qkv"), o: weight("o") },
    { sizes: shape, tables, earlier },
  );
  const residual = x.add(attended.out);
  const normed = rmsNorm(residual.ref, {
    weight: weight("norm"),
    eps: shape.rmsNormEps,
  });
  const activations = shape.kind === "jakiro_star"
    ? nn.gelu(linear(normed.ref, weight("first")), { approximate: false })
    : swigluActivations(normed.ref, weight("first"));
  const last = weight("last");
  const experts = options.wantsExperts
    ? expertOutputs(activations.ref, { last: last.ref, shape })
    : [];
  if (shape.kind === "eagle") {
    normed.dispose();
    const mixture = residual.add(linear(activations, last));
    return { mixture, contrast: null, experts, own: attended.own };
  }
  const gates = linear(normed, weight("gate"));
  const { mixture, contrast } = shape.kind === "jakiro_star"
    ? { mixture: nn.softmax(gates, -1), contrast: null }
    : expertWeights(gates);
  const branches = {
    mixture: residual.ref.add(
      linear(weigh(activations.ref, mixture), last.ref),
    ),
    contrast: contrast === null
      ? null
      : residual.ref.add(linear(weigh(activations.ref, contrast), last.ref)),
  };
  for (const array of [residual, activations, last]) array.dispose();
  return { ...branches, experts, own: attended.own };
}

/** Multiplies each expert's activations by its weight. */
function weigh(activations: np.Array, weights: np.Array): np.Array {
  const [numRows = 0, numExperts = 0] = weights.shape;
  const { shape } = activations;
  return activations.reshape([numRows, numExperts, -1])
    .mul(weights.reshape([numRows, numExperts, 1])).reshape(shape);
}

/** Each expert's output, unweighted. */
function expertOutputs(
  activations: np.Array,
  options: { readonly last: np.Array; readonly shape: DraftShape },
): np.Array[] {
  const { last, shape } = options;
  const own = np.split(last, shape.numExperts, 1);
  return np.split(activations, shape.numExperts, 1).map((part, expert) => {
    const { [expert]: ownLast } = own;
    if (ownLast === undefined) {
      throw new RangeError(`Cannot split "last" as ${expert} must have a part`);
    }
    return linear(part, ownLast);
  });
}
