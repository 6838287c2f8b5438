// One expert for each branch: the row's own has the activations of the expert whose value of g = gate · x is larger,
// expert 0 where they are equal, the branch behind all rows those of the other; the rest is 0.

import { at, type Floats } from "./lib/at.ts";
import { dot } from "./lib/dot.ts";
import { readRows } from "./lib/rows.ts";

/**
 * CPU twin of `kernels/star_route.wgsl`.
 *
 * @param bindings The kernel's bindings; `out` is written.
 * @param constants The kernel's constants.
 */
export function starRoute(
  bindings: {
    readonly rows: Uint32Array;
    readonly x: Floats;
    readonly gate: Float32Array;
    readonly act: Floats;
    readonly out: Float64Array;
  },
  constants: {
    readonly D: number;
    readonly F: number;
    readonly STRIDE: number;
  },
): void {
  const { rows, x, gate, act, out } = bindings;
  const { D, F, STRIDE } = constants;
  const { row } = readRows(rows);
  row.forEach((_, t) => {
    const isSecond = dot([x, t], [gate, 1], D) > dot([x, t], [gate, 0], D);
    const experts = isSecond ? [1, 0] : [0, 1];
    experts.forEach((expert, branch) => {
      const first = (branch * row.length + t) * STRIDE;
      out.fill(0, first, first + STRIDE);
      for (let f = expert * F; f < (expert + 1) * F; f++) {
        out[first + f] = at(act, t * STRIDE + f);
      }
    });
  });
}
