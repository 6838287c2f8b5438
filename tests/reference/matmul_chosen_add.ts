// out[t, m] = out[t, m] + sum over c of weight * (x[t, c] · w[e][m]), e and its weight the row's choice c

import { at, type Floats } from "./lib/at.ts";
import type { Choice } from "./choose_experts.ts";
import { dot } from "./lib/dot.ts";

/**
 * CPU twin of `kernels/matmul_chosen_add.wgsl`.
 *
 * @param bindings The kernel's bindings: `w` unpacked, `[X, D, K]`; `out` is added to.
 * @param constants The kernel's constants, and the true `D`.
 */
export function matmulChosenAdd(
  bindings: {
    readonly x: Floats;
    readonly w: Floats;
    readonly choice: readonly (readonly Choice[])[];
    readonly out: Float64Array;
  },
  constants: { readonly K: number; readonly D: number },
): void {
  const { x, w, choice, out } = bindings;
  const { K, D } = constants;
  choice.forEach((choices, t) =>
    choices.forEach(({ expert, weight }, c) => {
      for (let m = 0; m < D; m++) {
        const product = dot(
          [x, t * choices.length + c],
          [w, expert * D + m],
          K,
        );
        out[t * D + m] = at(out, t * D + m) + weight * product;
      }
    })
  );
}
