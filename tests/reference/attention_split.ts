// partials[t, h, s] = for the s-th split of SPLIT_KEYS positions that row t sees: the weighted sum of its values, its
// highest score, and the sum of its weights exp(score - highest). The other numbers mean nothing.

import { at, type Floats } from "./lib/at.ts";
import { readRows, slotOf } from "./lib/rows.ts";

/**
 * CPU twin of `kernels/attention_split.wgsl`.
 *
 * @param bindings The kernel's bindings; `partials` is written.
 * @param constants The kernel's constants.
 */
export function attentionSplit(
  bindings: {
    readonly rows: Uint32Array;
    readonly q: Floats;
    readonly k: Floats;
    readonly v: Floats;
    readonly partials: Float64Array;
  },
  constants: {
    readonly NUM_HEADS: number;
    readonly NUM_KV_HEADS: number;
    readonly HEAD_DIM: number;
    readonly SEQUENCE_SLOTS: number;
    readonly SPLIT_KEYS: number;
    readonly MAX_SPLITS: number;
    readonly SCALE: number;
    /** 0: none. */
    readonly CAP: number;
    readonly WINDOW: number;
  },
): void {
  const { rows, q, k, v, partials } = bindings;
  const { NUM_HEADS, NUM_KV_HEADS, HEAD_DIM, SPLIT_KEYS, WINDOW } = constants;
  readRows(rows).row.forEach((row, t) => {
    const firstKey = Math.max(0, row.position - WINDOW + 1);
    const firstSplit = Math.floor(firstKey / SPLIT_KEYS);
    const lastSplit = Math.floor(row.position / SPLIT_KEYS);
    for (let h = 0; h < NUM_HEADS; h++) {
      const g = Math.floor(h * NUM_KV_HEADS / NUM_HEADS);
      const query = (t * NUM_HEADS + h) * HEAD_DIM;
      for (let split = firstSplit; split <= lastSplit; split++) {
        const first = Math.max(firstKey, split * SPLIT_KEYS);
        const end = Math.min(row.position + 1, (split + 1) * SPLIT_KEYS);
        const keys = Array.from({ length: end - first }, (_, i) => {
          const slot = slotOf(row, first + i, constants.SEQUENCE_SLOTS);
          return (slot * NUM_KV_HEADS + g) * HEAD_DIM;
        });
        const scores = keys.map((key) => {
          let score = 0;
          for (let e = 0; e < HEAD_DIM; e++) {
            score += at(q, query + e) * at(k, key + e);
          }
          score *= constants.SCALE;
          const { CAP } = constants;
          return CAP === 0 ? score : CAP * Math.tanh(score / CAP);
        });
        const highest = Math.max(...scores);
        const weights = scores.map((score) => Math.exp(score - highest));
        const place = (t * NUM_HEADS + h) * constants.MAX_SPLITS + split -
          firstSplit;
        const begin = place * (HEAD_DIM + 4);
        for (let e = 0; e < HEAD_DIM; e++) {
          partials[begin + e] = weights.reduce(
            (sum, weight, i) => sum + weight * at(v, at(keys, i) + e),
            0,
          );
        }
        partials[begin + HEAD_DIM] = highest;
        partials[begin + HEAD_DIM + 1] = weights.reduce((a, b) => a + b, 0);
      }
    }
  });
}
