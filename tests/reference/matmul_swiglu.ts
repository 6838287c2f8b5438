// out[t, f] = silu(gate[t, f]) * up[t, f], gate = x · w[f]ᵀ (+ bias[f]), up = x · w[F + f]ᵀ (+ bias[F + f]),
// silu(z) = z / (1 + exp(-z)). The weights are the checkpoint's: all gate rows, then all up rows.

import { at, type Floats } from "./lib/at.ts";
import { dot } from "./lib/dot.ts";
import { readRows } from "./lib/rows.ts";

/**
 * CPU twin of `kernels/matmul_swiglu.wgsl`.
 *
 * @param bindings The kernel's bindings, `w` unpacked: `[2F, K]`, gate rows before up rows, and `bias` in the
 *   same order; `out` is written.
 * @param constants The kernel's constants, and the true `F`.
 */
export function matmulSwiglu(
  bindings: {
    readonly rows: Uint32Array;
    readonly x: Floats;
    readonly w: Floats;
    readonly bias: Float32Array | null;
    readonly out: Float64Array;
  },
  constants: {
    readonly K: number;
    readonly F: number;
    readonly STRIDE: number;
  },
): void {
  const { rows, x, w, bias, out } = bindings;
  const { K, F, STRIDE } = constants;
  readRows(rows).row.forEach((_, t) => {
    const project = (m: number): number =>
      dot([x, t], [w, m], K) + (bias === null ? 0 : at(bias, m));
    for (let f = 0; f < F; f++) {
      const gate = project(f);
      out[t * STRIDE + f] = gate / (1 + Math.exp(-gate)) * project(F + f);
    }
  });
}
