// out[t, m] = gelu(x[t] · w[m]) for m below STRIDE,  gelu(z) = z/2 * (1 + erf(z / sqrt(2)))
// gates[t, g] = x[t] · w[STRIDE + g] for both of them, and 0 in the two columns behind

import type { Floats } from "./lib/at.ts";
import { dot } from "./lib/dot.ts";
import { readRows } from "./lib/rows.ts";

/**
 * CPU twin of `kernels/matmul_gelu.wgsl`.
 *
 * @param bindings The kernel's bindings, `w` unpacked: `[STRIDE + 2, K]`; `out` and `gates` are written.
 * @param constants The kernel's constants.
 */
export function matmulGelu(
  bindings: {
    readonly rows: Uint32Array;
    readonly x: Floats;
    readonly w: Floats;
    readonly out: Float64Array;
    readonly gates: Float64Array;
  },
  constants: { readonly K: number; readonly STRIDE: number },
): void {
  const { rows, x, w, out, gates } = bindings;
  const { K, STRIDE } = constants;
  readRows(rows).row.forEach((_, t) => {
    for (let m = 0; m < STRIDE; m++) {
      out[t * STRIDE + m] = gelu(dot([x, t], [w, m], K));
    }
    for (let g = 0; g < 4; g++) {
      gates[t * 4 + g] = g < 2 ? dot([x, t], [w, STRIDE + g], K) : 0;
    }
  });
}

/** Gaussian error linear unit. */
export function gelu(z: number): number {
  return z / 2 * (1 + erf(z / Math.SQRT2));
}

/** Error function: `2/sqrt(pi) * exp(-z²) * sum over n of 2ⁿ z²ⁿ⁺¹ / (1 · 3 ⋯ (2n+1))`, whose terms all have one sign. */
export function erf(z: number): number {
  if (Math.abs(z) > 6) return Math.sign(z);
  let term = z;
  let sum = z;
  for (let n = 1; n < 200; n++) {
    term *= 2 * z * z / (2 * n + 1);
    sum += term;
  }
  return 2 / Math.sqrt(Math.PI) * Math.exp(-z * z) * sum;
}
