// out[t, d] = SCALE * w[token of row t, d]

import { at, type Floats } from "./lib/at.ts";
import { readRows } from "./lib/rows.ts";

/**
 * CPU twin of `kernels/embed.wgsl`.
 *
 * @param bindings The kernel's bindings, `w` unpacked: `[V, D]`; `out` is written.
 * @param constants The kernel's constants.
 */
export function embed(
  bindings: {
    readonly rows: Uint32Array;
    readonly w: Floats;
    readonly out: Float64Array;
  },
  constants: { readonly D: number; readonly SCALE?: number },
): void {
  const { D, SCALE = 1 } = constants;
  readRows(bindings.rows).row.forEach(({ token }, t) => {
    for (let d = 0; d < D; d++) {
      bindings.out[t * D + d] = SCALE * at(bindings.w, token * D + d);
    }
  });
}
