// out[t, FIRST + d] = x[t, d]

import { at } from "./lib/at.ts";
import { readRows } from "./lib/rows.ts";

/**
 * CPU twin of `kernels/tap.wgsl`.
 *
 * @param bindings The kernel's bindings; `out` is written.
 * @param constants The kernel's constants.
 */
export function tap(
  bindings: {
    readonly rows: Uint32Array;
    readonly x: Float32Array;
    readonly out: Float64Array;
  },
  constants: {
    readonly D: number;
    readonly FIRST: number;
    readonly STRIDE: number;
  },
): void {
  const { D, FIRST, STRIDE } = constants;
  readRows(bindings.rows).row.forEach((_, t) => {
    for (let d = 0; d < D; d++) {
      bindings.out[t * STRIDE + FIRST + d] = at(bindings.x, t * D + d);
    }
  });
}
