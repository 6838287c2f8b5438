// log_prob[r] = log(softmax(logits[r])[choice[r]]), of the logits as the model gave them

import { at } from "./lib/at.ts";
import { readRows } from "./lib/rows.ts";

/**
 * CPU twin of `kernels/log_prob.wgsl`.
 *
 * @param bindings The kernel's bindings; `logProb` is written.
 * @param constants The kernel's constants.
 */
export function logProb(
  bindings: {
    readonly rows: Uint32Array;
    readonly logits: Float32Array;
    readonly choice: Uint32Array;
    readonly logProb: Float64Array;
  },
  constants: { readonly V: number },
): void {
  const { V } = constants;
  const { firstLogitRow, row } = readRows(bindings.rows);
  for (let r = 0; r < row.length - firstLogitRow; r++) {
    const logits = bindings.logits.subarray(r * V, (r + 1) * V);
    const largest = logits.reduce((a, b) => Math.max(a, b));
    const sum = logits.reduce(
      (total, logit) => total + Math.exp(logit - largest),
      0,
    );
    bindings.logProb[r] = at(logits, at(bindings.choice, r)) - largest -
      Math.log(sum);
  }
}
