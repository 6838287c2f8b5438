// out[t, d] = x[hidden_row of row t, d]

import { at, type Floats } from "./lib/at.ts";
import { readRows } from "./lib/rows.ts";

/**
 * CPU twin of `kernels/gather.wgsl`.
 *
 * @param bindings The kernel's bindings; `out` is written.
 * @param constants The kernel's constants.
 */
export function gather(
  bindings: {
    readonly rows: Uint32Array;
    readonly x: Floats;
    readonly out: Float64Array;
  },
  constants: { readonly D: number },
): void {
  const { D } = constants;
  readRows(bindings.rows).row.forEach(({ hiddenRow }, t) => {
    for (let d = 0; d < D; d++) {
      bindings.out[t * D + d] = at(bindings.x, hiddenRow * D + d);
    }
  });
}
