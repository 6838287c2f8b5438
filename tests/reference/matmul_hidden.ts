// out[b * T + t, m] = residual[t, m] + sum over k of x[b * T + t, k] * w[m, k], for branches b

import { at, type Floats } from "./lib/at.ts";
import { dot } from "./lib/dot.ts";
import { readRows } from "./lib/rows.ts";

/**
 * CPU twin of `kernels/matmul_hidden.wgsl`.
 *
 * @param bindings The kernel's bindings, `w` unpacked: `[M, K]`; `out` is written.
 * @param constants The kernel's constants.
 */
export function matmulHidden(
  bindings: {
    readonly rows: Uint32Array;
    readonly x: Floats;
    readonly w: Floats;
    readonly residual: Float32Array;
    readonly out: Float64Array;
  },
  constants: {
    readonly K: number;
    readonly M: number;
    readonly BRANCHES: number;
  },
): void {
  const { rows, x, w, residual, out } = bindings;
  const { K, M, BRANCHES } = constants;
  const T = readRows(rows).row.length;
  for (let b = 0; b < BRANCHES; b++) {
    for (let t = 0; t < T; t++) {
      for (let m = 0; m < M; m++) {
        out[(b * T + t) * M + m] = at(residual, t * M + m) +
          dot([x, b * T + t], [w, m], K);
      }
    }
  }
}
