import { lax, nn, numpy as np } from "@jax-js/jax";
import { linear } from "./linear.ts";
import { withGradient } from "./with_gradient.ts";

/** What the target made of the tokens that guesses are about; consumed. */
export interface Expected {
  /** `[N, D]`: its hidden states. */
  readonly hidden: np.Array;
  /** `[N, V]`: its distributions over the next token. */
  readonly probabilities: np.Array;
}

/** How far each guess is from what the target made, `[N]` each. */
export interface GuessTerms {
  /** Mean over the elements of smooth L1, quadratic below 1. */
  readonly regression: np.Array;
  /** In nats. */
  readonly crossEntropy: np.Array;
  /** The share of a distribution that both have: the chance that a drawn token is accepted. */
  readonly overlap: np.Array;
  /** 1 where the target's likeliest token is the guess's. */
  readonly agreement: np.Array;
}

/**
 * Compares guesses at hidden states with the target's.
 *
 * Terms that are not used cost nothing in a compiled step.
 *
 * Shapes: `[N, D]` to `[N]`.
 *
 * @param guess The guesses; consumed.
 * @param options What was right, and the target's head `[V, D]`; consumed.
 * @returns The terms.
 */
export function guessTerms(
  guess: np.Array,
  options: { readonly expected: Expected; readonly lmHead: np.Array },
): GuessTerms {
  const { expected: { hidden, probabilities }, lmHead } = options;
  const distance = np.abs(guess.ref.sub(hidden));
  const bounded = np.minimum(distance.ref, 1);
  const smooth = bounded.ref.mul(distance.sub(bounded.mul(0.5)));
  const logits = lax.stopGradient(linear(guess.ref, lmHead.ref));
  const guessed = nn.softmax(logits.ref, -1);
  const crossEntropy = nn.logsumexp(logits.ref, -1)
    .sub(np.sum(probabilities.ref.mul(logits.ref), -1));
  const overlap = np.sum(np.minimum(probabilities.ref, guessed.ref), -1);
  const isSmaller = guessed.ref.less(probabilities.ref);
  const smaller = np.where(isSmaller, guessed.ref, 0);
  const smallerTotal = np.sum(smaller.ref, -1, { keepdims: true });
  const isLikeliest = probabilities.ref.greaterEqual(
    np.max(probabilities.ref, -1, { keepdims: true }),
  );
  const atLikeliest = np.max(np.where(isLikeliest, logits.ref, -1e30), -1);
  const agreement = atLikeliest.greaterEqual(np.max(logits, -1));
  return {
    regression: np.mean(smooth, -1),
    crossEntropy: withGradient(crossEntropy, {
      by: guess.ref,
      gradient: np.matmul(guessed.ref.sub(probabilities), lmHead.ref),
    }),
    overlap: withGradient(overlap, {
      by: guess,
      gradient: np.matmul(smaller.sub(guessed.mul(smallerTotal)), lmHead),
    }),
    agreement: agreement.astype(np.float32),
  };
}
