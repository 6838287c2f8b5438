// out[t, e*F' + f] = silu(gate) * up,  gate = x · (gate row f of expert e)ᵀ, up = x · (its up row f)ᵀ, F' >= F columns
// an expert, those behind its last: 0;  gates[t, g] = x · (row g of the experts' gate)ᵀ. The weights are the
// checkpoint's: for each expert all gate rows, then all up rows; behind them the gate's.

import { at, type Floats } from "./lib/at.ts";
import { dot } from "./lib/dot.ts";
import { matmulSwiglu } from "./matmul_swiglu.ts";
import { readRows } from "./lib/rows.ts";

/**
 * CPU twin of `kernels/matmul_experts.wgsl`.
 *
 * @param bindings The kernel's bindings, `w` unpacked: `[X*2F + X+2, K]`; `out` and `gates` are written.
 * @param constants The kernel's constants, the experts and their true `F`.
 */
export function matmulExperts(
  bindings: {
    readonly rows: Uint32Array;
    readonly x: Floats;
    readonly w: Floats;
    readonly out: Float64Array;
    readonly gates: Float64Array;
  },
  constants: {
    readonly K: number;
    readonly F: number;
    readonly NUM_EXPERTS: number;
    readonly STRIDE: number;
    readonly GATE_STRIDE: number;
  },
): void {
  const { rows, x, w, out, gates } = bindings;
  const { K, F, NUM_EXPERTS, STRIDE, GATE_STRIDE } = constants;
  const T = readRows(rows).row.length;
  const expertStride = STRIDE / NUM_EXPERTS;
  for (let expert = 0; expert < NUM_EXPERTS; expert++) {
    const act = new Float64Array(T * expertStride);
    matmulSwiglu({
      rows,
      x,
      w: w.slice(2 * expert * F * K, 2 * (expert + 1) * F * K),
      bias: null,
      out: act,
    }, { K, F, STRIDE: expertStride });
    for (let t = 0; t < T; t++) {
      for (let f = 0; f < expertStride; f++) {
        out[t * STRIDE + expert * expertStride + f] = at(
          act,
          t * expertStride + f,
        );
      }
    }
  }
  for (let t = 0; t < T; t++) {
    for (let g = 0; g < GATE_STRIDE; g++) {
      gates[t * GATE_STRIDE + g] = g < NUM_EXPERTS + 2
        ? dot([x, t], [w, 2 * NUM_EXPERTS * F + g], K)
        : 0;
    }
  }
}
