import { nn, numpy as np } from "@jax-js/jax";
import type { ArraysByKey } from "../src/train/adamw.ts";
import { swigluActivations } from "../src/train/feed_forward.ts";
import { linear } from "../src/train/linear.ts";
import { maskedMean } from "../src/train/masked_mean.ts";
import { rmsNorm } from "../src/train/rms_norm.ts";
import { selfAttention } from "../src/train/self_attention.ts";
import { storeGradient } from "../src/train/store_gradient.ts";
import type { LlamaShape } from "./llama_shape.ts";

/** What the loss takes besides the parameters; nothing is consumed. */
export type LlamaInputs = {
  /** `[B, T]` */
  readonly tokenIds: np.Array;
  /** `[B, T]` */
  readonly lossMask: np.Array;
  /** `[T, 1, E/2]` */
  readonly cos: np.Array;
  /** `[T, 2, E/2]` */
  readonly sin: np.Array;
  /** `[T, T]` */
  readonly causalMask: np.Array;
};

/**
 * The mean cross-entropy in nats of the tokens that count, given those before them.
 *
 * The embedding is a product with rows that have a single 1: exact, and its gradient is a product
 * too, the same at each run, which adding up rows by atomics would not be.
 *
 * Source: the Llama paper (arXiv 2302.13971), section 2.2.
 *
 * @param parameters By the keys of `llamaLayout`; not consumed.
 * @param inputs A batch and tables.
 * @param shape The model.
 * @returns `[]`
 */
export function llamaLoss(
  parameters: ArraysByKey,
  inputs: LlamaInputs,
  shape: LlamaShape,
): np.Array {
  const [numSequences = 0, length = 0] = inputs.tokenIds.shape;
  const weight = (key: string): np.Array => {
    const { [key]: array } = parameters;
    if (array === undefined) {
      throw new ReferenceError(`Cannot run the model as it must have "${key}"`);
    }
    return array.ref;
  };
  const norm = (x: np.Array, key: string): np.Array =>
    rmsNorm(x, { weight: weight(key), eps: shape.rmsNormEps });
  const tables = { rotary: inputs, mask: inputs.causalMask };
  const isToken = nn.oneHot(
    inputs.tokenIds.ref.reshape([numSequences * length]),
    shape.vocabSize,
  );
  let x = storeGradient(np.matmul(isToken.ref, weight("embed")));
  for (let layer = 0; layer < shape.numHiddenLayers; layer++) {
    const attended = selfAttention(
      norm(x.ref, `${layer}.inputNorm`),
      { qkv: weight(`${layer}.qkv`), o: weight(`${layer}.o`) },
      { sizes: shape, tables },
    );
    x = x.add(attended.out);
    const activations = swigluActivations(
      norm(x.ref, `${layer}.postNorm`),
      weight(`${layer}.gateUp`),
    );
    x = x.add(linear(activations, weight(`${layer}.down`)));
  }
  const logits = linear(norm(x, "norm"), weight("embed"));
  const isNext = next(isToken.reshape([numSequences, length, -1]))
    .reshape(logits.shape);
  const ofNext = np.sum(logits.ref.mul(isNext), -1);
  const mask = next(inputs.lossMask.ref.reshape([numSequences, length, 1]));
  return maskedMean(
    nn.logsumexp(logits, -1).sub(ofNext),
    mask.reshape([numSequences * length]),
  );
}

/** Moves `[B, T, C]` one to the start along `T`; the last is 0. */
function next(x: np.Array): np.Array {
  return np.pad(x.slice([], [1]), [[0, 0], [0, 1], [0, 0]]);
}
