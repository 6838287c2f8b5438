// out[t, d] = out[t, d] + x[t, d] / sqrt(mean over d of x[t, d]² + EPS) * weight[d]

import { at } from "./lib/at.ts";
import { readRows } from "./lib/rows.ts";

/**
 * CPU twin of `kernels/rms_norm_add.wgsl`.
 *
 * @param bindings The kernel's bindings; `out` is added to.
 * @param constants The kernel's constants.
 */
export function rmsNormAdd(
  bindings: {
    readonly rows: Uint32Array;
    readonly x: Float32Array;
    readonly weight: Float32Array;
    readonly out: Float64Array;
  },
  constants: { readonly D: number; readonly EPS: number },
): void {
  const { rows, x, weight, out } = bindings;
  const { D, EPS } = constants;
  readRows(rows).row.forEach((_, t) => {
    let squares = 0;
    for (let d = 0; d < D; d++) squares += at(x, t * D + d) ** 2;
    const root = Math.sqrt(squares / D + EPS);
    for (let d = 0; d < D; d++) {
      const i = t * D + d;
      out[i] = at(out, i) + at(x, i) / root * at(weight, d);
    }
  });
}
