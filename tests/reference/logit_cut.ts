// cut[r] = order key of the least processed logit that survives top-k, then top-p on what is left renormalised,
// then min-p: found by sorting. Equal logits at a cut are all kept; 0 where nothing is cut.

import { at } from "./lib/at.ts";
import { readRows } from "./lib/rows.ts";
import { orderKey, processedLogits, readSampling } from "./lib/sampling.ts";

/**
 * CPU twin of `kernels/logit_cut.wgsl`.
 *
 * @param bindings The kernel's bindings; `cut` is written.
 */
export function logitCut(bindings: {
  readonly sampling: Uint32Array<ArrayBuffer>;
  readonly rows: Uint32Array;
  readonly logits: Float32Array;
  readonly bias: Float32Array;
  readonly tokenState: Uint32Array;
  readonly allowed?: Uint32Array | undefined;
  readonly cut: Uint32Array;
}): void {
  const { topK, topP, minP } = readSampling(bindings.sampling);
  const { firstLogitRow, row } = readRows(bindings.rows);
  for (let r = 0; r < row.length - firstLogitRow; r++) {
    const sorted = processedLogits(r, bindings).sort().reverse();
    let least = -Infinity;
    if (topK > 0 && topK < sorted.length) least = at(sorted, topK - 1);
    if (topP < 1) {
      const kept = sorted.filter((value) => value >= least);
      least = at(kept, numWithin(kept, topP) - 1);
    }
    if (minP > 0) least = Math.max(least, at(sorted, 0) + Math.log(minP));
    bindings.cut[r] = least === -Infinity ? 0 : orderKey(least);
  }
}

/** Fewest of the values, largest first, whose probabilities reach a portion of the whole; at least one. */
function numWithin(values: Float64Array, portion: number): number {
  const weights = values.map((value) => Math.exp(value - at(values, 0)));
  const target = portion * weights.reduce((a, b) => a + b);
  let sum = 0;
  let count = 0;
  while (count === 0 || (sum < target && count < values.length)) {
    sum += at(weights, count++);
  }
  return count;
}
