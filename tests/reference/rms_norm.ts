// out[t, d] = x[t, d] / sqrt(mean over d of x[t, d]² + EPS) * weight[d]

import { at } from "./lib/at.ts";
import { readRows } from "./lib/rows.ts";

/**
 * CPU twin of `kernels/rms_norm.wgsl`.
 *
 * @param bindings The kernel's bindings; `out` is written.
 * @param constants The kernel's constants.
 */
export function rmsNorm(
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
    const scale = 1 / Math.sqrt(squares / D + EPS);
    for (let d = 0; d < D; d++) {
      out[t * D + d] = at(x, t * D + d) * scale * at(weight, d);
    }
  });
}
