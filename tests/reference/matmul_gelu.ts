// out[t, m] = gelu(x[t] · w[m]),  gelu(z) = z/2 * (1 + erf(z / sqrt(2))); 0 in columns behind the last row of w

import type { Floats } from "./lib/at.ts";
import { dot } from "./lib/dot.ts";
import { readRows } from "./lib/rows.ts";

/**
 * CPU twin of `kernels/matmul_gelu.wgsl`.
 *
 * @param bindings The kernel's bindings, `w` unpacked: `[M, K]`; `out` is written.
 * @param constants The kernel's constants.
 */
export function matmulGelu(
  bindings: {
    readonly rows: Uint32Array;
    readonly x: Floats;
    readonly w: Floats;
    readonly out: Float64Array;
  },
  constants: {
    readonly K: number;
    readonly M: number;
    readonly STRIDE: number;
  },
): void {
  const { rows, x, w, out } = bindings;
  const { K, M, STRIDE } = constants;
  readRows(rows).row.forEach((_, t) => {
    for (let m = 0; m < STRIDE; m++) {
      out[t * STRIDE + m] = m < M ? gelu(dot([x, t], [w, m], K)) : 0;
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
