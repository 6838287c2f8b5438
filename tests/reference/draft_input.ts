// out[t] = [w[token of row t] ; hidden[hidden_row of row t]]

import { at, type Floats } from "./lib/at.ts";
import { readRows } from "./lib/rows.ts";

/**
 * CPU twin of `kernels/draft_input.wgsl`.
 *
 * @param bindings The kernel's bindings, `w` unpacked: `[V, D]`; `out` is written.
 * @param constants The kernel's constants.
 */
export function draftInput(
  bindings: {
    readonly rows: Uint32Array;
    readonly w: Floats;
    readonly hidden: Floats;
    readonly out: Float64Array;
  },
  constants: { readonly D: number },
): void {
  const { rows, w, hidden, out } = bindings;
  const { D } = constants;
  readRows(rows).row.forEach(({ token, hiddenRow }, t) => {
    for (let d = 0; d < D; d++) {
      out[t * 2 * D + d] = at(w, token * D + d);
      out[t * 2 * D + D + d] = at(hidden, hiddenRow * D + d);
    }
  });
}
