// out[r, m] = cap(sum over k of x[first_logit_row + r, k] * w[m, k]), cap(x) = CAP * tanh(x / CAP) where there is a cap; a second branch's rows lie behind the first's

import type { Floats } from "./lib/at.ts";
import { dot } from "./lib/dot.ts";
import { readRows } from "./lib/rows.ts";

/**
 * CPU twin of `kernels/matmul.wgsl`.
 *
 * @param bindings The kernel's bindings, `w` unpacked: `[M, K]`; `out` is written.
 * @param constants The kernel's constants.
 */
export function matmul(
  bindings: {
    readonly rows: Uint32Array;
    readonly x: Floats;
    readonly w: Floats;
    readonly out: Float64Array;
  },
  constants: {
    readonly K: number;
    readonly M: number;
    readonly BRANCHES: number;
    readonly BRANCH?: number;
    /** Default: none. */
    readonly CAP?: number;
  },
): void {
  const { rows, x, w, out } = bindings;
  const { K, M, BRANCHES, BRANCH = 0, CAP } = constants;
  const { firstLogitRow, row } = readRows(rows);
  const numRows = row.length - firstLogitRow;
  for (let r = 0; r < numRows * BRANCHES; r++) {
    for (let m = 0; m < M; m++) {
      const sum = dot(
        [x, BRANCH * row.length + firstLogitRow + r],
        [w, m],
        K,
      );
      out[(BRANCH * numRows + r) * M + m] = CAP === undefined
        ? sum
        : CAP * Math.tanh(sum / CAP);
    }
  }
}
