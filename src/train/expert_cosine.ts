import { numpy as np } from "@jax-js/jax";

/**
 * How alike experts are: the mean over their pairs of the squared cosine between outputs.
 *
 * Shapes: `[N, D]` by expert to `[N]`.
 *
 * @param outputs Two experts' outputs or more; consumed.
 */
export function expertCosine(outputs: readonly np.Array[]): np.Array {
  const dot = (a: np.Array, b: np.Array): np.Array => np.sum(a.mul(b), -1);
  const pairs = outputs.flatMap((a, index) =>
    outputs.slice(index + 1).map((b) => {
      const norms = dot(a.ref, a.ref).mul(dot(b.ref, b.ref));
      return np.square(dot(a.ref, b.ref)).div(norms.add(1e-12));
    })
  );
  for (const output of outputs) output.dispose();
  return pairs.reduce((sum, cosine) => sum.add(cosine)).mul(1 / pairs.length);
}
