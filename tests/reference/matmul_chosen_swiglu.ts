// out[t, c, f] = silu(gate) * up, gate = x[t] · w[e][f]ᵀ, up = x[t] · w[e][F + f]ᵀ, e the row's choice c

import type { Floats } from "./lib/at.ts";
import type { Choice } from "./choose_experts.ts";
import { dot } from "./lib/dot.ts";

/**
 * CPU twin of `kernels/matmul_chosen_swiglu.wgsl`.
 *
 * @param bindings The kernel's bindings: `w` unpacked, `[X, 2F, K]` with gate rows before up rows; `out` is written.
 * @param constants The kernel's constants, and the true `F`.
 */
export function matmulChosenSwiglu(
  bindings: {
    readonly x: Floats;
    readonly w: Floats;
    readonly choice: readonly (readonly Choice[])[];
    readonly out: Float64Array;
  },
  constants: {
    readonly K: number;
    readonly F: number;
    readonly STRIDE: number;
  },
): void {
  const { x, w, choice, out } = bindings;
  const { K, F, STRIDE } = constants;
  choice.forEach((choices, t) =>
    choices.forEach(({ expert }, c) => {
      const first = (t * choices.length + c) * STRIDE;
      for (let f = 0; f < F; f++) {
        const gate = dot([x, t], [w, expert * 2 * F + f], K);
        const up = dot([x, t], [w, expert * 2 * F + F + f], K);
        out[first + f] = gate / (1 + Math.exp(-gate)) * up;
      }
    })
  );
}
