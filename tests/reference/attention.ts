// out[t, h] = sum over p of softmax(cap(q[t, h] · k[p, g] * SCALE))[p] * v[p, g], p up to the row's position but no more than
// WINDOW positions, cap(x) = CAP * tanh(x / CAP), and g the key/value head of h: consecutive query heads share one. The key of a position lies at the slot of that
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
    /** Default: 1/sqrt(E). */
    readonly SCALE?: number;
    /** Default: none. */
    readonly CAP?: number;
    /** Default: none. */
    readonly WINDOW?: number;
  },
): void {
  const { rows, q, k, v, out } = bindings;
  const { NUM_HEADS, NUM_KV_HEADS, HEAD_DIM, SEQUENCE_SLOTS } = constants;
  const { SCALE = 1 / Math.sqrt(HEAD_DIM), CAP, WINDOW = Infinity } = constants;
  readRows(rows).row.forEach((row, t) => {
    const first = Math.max(0, row.position - WINDOW + 1);
    for (let h = 0; h < NUM_HEADS; h++) {
      const g = Math.floor(h * NUM_KV_HEADS / NUM_HEADS);
      const head = (t * NUM_HEADS + h) * HEAD_DIM;
      const key = (p: number): number =>
        (slotOf(row, first + p, SEQUENCE_SLOTS) * NUM_KV_HEADS + g) * HEAD_DIM;
      const numKeys = row.position + 1 - first;
      const scores = Array.from({ length: numKeys }, (_, p) => {
        let score = 0;
        for (let e = 0; e < HEAD_DIM; e++) {
          score += at(q, head + e) * at(k, key(p) + e);
        }
        score *= SCALE;
        return CAP === undefined ? score : CAP * Math.tanh(score / CAP);
      });
      const weights = softmax(scores);
      for (let e = 0; e < HEAD_DIM; e++) {
        out[head + e] = weights.reduce(
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
