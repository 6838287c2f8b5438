// out[t, h] = (sum over s of exp(highest[s] - max) * value[s]) / (sum over s of exp(highest[s] - max) * sum[s]), over
// the splits that row t sees, max the highest of all; value, highest and sum lie as attention_split writes them.

import { at, type Floats } from "./lib/at.ts";
import { readRows } from "./lib/rows.ts";

/**
 * CPU twin of `kernels/attention_merge.wgsl`.
 *
 * @param bindings The kernel's bindings; `out` is written.
 * @param constants The kernel's constants.
 */
export function attentionMerge(
  bindings: {
    readonly rows: Uint32Array;
    readonly partials: Floats;
    readonly out: Float64Array;
  },
  constants: {
    readonly NUM_HEADS: number;
    readonly HEAD_DIM: number;
    readonly SPLIT_KEYS: number;
    readonly MAX_SPLITS: number;
    readonly WINDOW: number;
  },
): void {
  const { rows, partials, out } = bindings;
  const { NUM_HEADS, HEAD_DIM, SPLIT_KEYS, MAX_SPLITS, WINDOW } = constants;
  readRows(rows).row.forEach(({ position }, t) => {
    const firstKey = Math.max(0, position - WINDOW + 1);
    const numSplits = Math.floor(position / SPLIT_KEYS) -
      Math.floor(firstKey / SPLIT_KEYS) + 1;
    for (let h = 0; h < NUM_HEADS; h++) {
      const head = t * NUM_HEADS + h;
      const begins = Array.from(
        { length: numSplits },
        (_, split) => (head * MAX_SPLITS + split) * (HEAD_DIM + 4),
      );
      const highest = begins.map((begin) => at(partials, begin + HEAD_DIM));
      const max = Math.max(...highest);
      const sumOf = (e: number): number =>
        begins.reduce(
          (sum, begin, split) =>
            sum + Math.exp(at(highest, split) - max) * at(partials, begin + e),
          0,
        );
      for (let e = 0; e < HEAD_DIM; e++) {
        out[head * HEAD_DIM + e] = sumOf(e) / sumOf(HEAD_DIM + 1);
      }
    }
  });
}
