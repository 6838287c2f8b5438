// out[t, f] = act(gate[t, f]) * up[t, f], gate = x · w[f]ᵀ (+ bias[f]), up = x · w[F + f]ᵀ (+ bias[F + f]),
// act(z) = silu(z) = z / (1 + exp(-z)) or gelu(z) = z/2 (1 + tanh(sqrt(2/pi) (z + 0.044715 z³))). The weights are the checkpoint's: all gate rows, then all up rows.

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
    /** 1: GELU; default: SiLU. */
    readonly IS_GELU?: number;
  },
): void {
  const { rows, x, w, bias, out } = bindings;
  const { K, F, STRIDE, IS_GELU = 0 } = constants;
  readRows(rows).row.forEach((_, t) => {
    const project = (m: number): number =>
      dot([x, t], [w, m], K) + (bias === null ? 0 : at(bias, m));
    for (let f = 0; f < F; f++) {
      const gate = project(f);
      const act = IS_GELU === 1 ? gelu(gate) : gate / (1 + Math.exp(-gate));
      out[t * STRIDE + f] = act * project(F + f);
    }
  });
}

function gelu(z: number): number {
  const inner = Math.sqrt(2 / Math.PI) * (z + 0.044715 * z ** 3);
  return z / 2 * (1 + Math.tanh(inner));
}
