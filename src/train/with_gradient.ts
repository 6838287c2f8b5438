import { lax, numpy as np } from "@jax-js/jax";

/**
 * Gives rows of values a gradient that was worked out apart from them.
 *
 * Automatic differentiation of a product with a frozen matrix would compute what flows back into it
 * anew for each column of the matrix: the library fuses what nothing else uses.
 *
 * Shapes: `[N]`, `[N, D]`, `[N, D]` to `[N]`.
 *
 * @param value The values; consumed.
 * @param options What they depend on, and their gradient by it; consumed.
 * @returns The same values.
 */
export function withGradient(
  value: np.Array,
  options: { readonly by: np.Array; readonly gradient: np.Array },
): np.Array {
  const { by, gradient } = options;
  const zero = by.ref.sub(lax.stopGradient(by));
  return lax.stopGradient(value)
    .add(np.sum(zero.mul(lax.stopGradient(gradient)), -1));
}
