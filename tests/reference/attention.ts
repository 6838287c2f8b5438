// out[t, h] = sum over p of softmax(q[t, h] · k[p, g] / sqrt(E))[p] * v[p, g], p up to the row's position and
// g the key/value head of h: consecutive query heads share one. The key of a position lies at the slot of that
// number behind the first of the row's sequence, or, from the row's base on, where its path says.

import { at, type Floats } from "./lib/at.ts";
import { readRows, slotOf } from "./lib/rows.ts";

/**
 * CPU twin of `kernels/attention.wgsl`.
 *
 * @param bindings The kernel's bindings; `out` is written.
 * @param constants The kernel's constants.
 */
export function attention(
  bindings: {
    readonly rows: Uint32Array;
    readonly q: Floats;
    readonly k: Floats;
    readonly v: Floats;
    readonly out: Float64Array;
  },
  constants: {
    readonly NUM_HEADS: number;
    readonly NUM_KV_HEADS: number;
    readonly HEAD_DIM: number;
    readonly SEQUENCE_SLOTS: number;
  },
): void {
  const { rows, q, k, v, out } = bindings;
  const { NUM_HEADS, NUM_KV_HEADS, HEAD_DIM, SEQUENCE_SLOTS } = constants;
  readRows(rows).row.forEach((row, t) => {
    for (let h = 0; h < NUM_HEADS; h++) {
      const g = Math.floor(h * NUM_KV_HEADS / NUM_HEADS);
      const first = (t * NUM_HEADS + h) * HEAD_DIM;
      const key = (p: number): number =>
        (slotOf(row, p, SEQUENCE_SLOTS) * NUM_KV_HEADS + g) * HEAD_DIM;
      const scores = Array.from({ length: row.position + 1 }, (_, p) => {
        let score = 0;
        for (let e = 0; e < HEAD_DIM; e++) {
          score += at(q, first + e) * at(k, key(p) + e);
        }
        return score / Math.sqrt(HEAD_DIM);
      });
      const weights = softmax(scores);
      for (let e = 0; e < HEAD_DIM; e++) {
        out[first + e] = weights.reduce(
          (sum, weight, p) => sum + weight * at(v, key(p) + e),
          0,
        );
      }
    }
  });
}

function softmax(scores: readonly number[]): number[] {
  const highest = Math.max(...scores);
  const exps = scores.map((score) => Math.exp(score - highest));
  const sum = exps.reduce((a, b) => a + b, 0);
  return exps.map((value) => value / sum);
}
