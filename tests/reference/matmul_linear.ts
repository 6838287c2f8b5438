// out[t, m] = out_elem[t, m] = bias[m] + sum over k of x[t, k] * w[m, k]

import { at, type Floats } from "./lib/at.ts";
import { dot } from "./lib/dot.ts";
import { readRows } from "./lib/rows.ts";

/**
 * CPU twin of `kernels/matmul_linear.wgsl`.
 *
 * @param bindings The kernel's bindings, `w` unpacked: `[M, K]`; `out`, which stands for both, is written.
 * @param constants The kernel's constants.
 */
export function matmulLinear(
  bindings: {
    readonly rows: Uint32Array;
    readonly x: Floats;
    readonly w: Floats;
    readonly bias: Float32Array | null;
    readonly out: Float64Array;
  },
  constants: { readonly K: number; readonly M: number },
): void {
  const { rows, x, w, bias, out } = bindings;
  const { K, M } = constants;
  readRows(rows).row.forEach((_, t) => {
    for (let m = 0; m < M; m++) {
      out[t * M + m] = (bias === null ? 0 : at(bias, m)) +
        dot([x, t], [w, m], K);
    }
  });
}
