// Each query head of a row and key head of its slot: head / sqrt(mean of its squares + EPS) * weight, then turned by the
// row's position, the textbook's way: pairs are taken apart, e of a head at 2e and e + E/2 at 2e + 1, turned, and put back.

import { at, type Floats } from "./lib/at.ts";
import { readRows } from "./lib/rows.ts";

/**
 * CPU twin of `kernels/qk_norm.wgsl`.
 *
 * @param bindings The kernel's bindings, weights in the checkpoint's order; `q` and `k` are changed.
 * @param constants The kernel's constants.
 */
export function qkNorm(
  bindings: {
    readonly rows: Uint32Array;
    readonly rope: Float32Array;
    readonly qWeight: Floats;
    readonly kWeight: Floats;
    readonly q: Float64Array;
    readonly k: Float64Array;
  },
  constants: {
    readonly EPS: number;
    readonly NUM_HEADS: number;
    readonly NUM_KV_HEADS: number;
    readonly HEAD_DIM: number;
  },
): void {
  const { rows, rope, q, k, qWeight, kWeight } = bindings;
  const { EPS, NUM_HEADS, NUM_KV_HEADS, HEAD_DIM } = constants;
  const half = HEAD_DIM / 2;
  readRows(rows).row.forEach(({ position, slot }, t) => {
    const change = (
      heads: Float64Array,
      weight: Floats,
      first: number,
    ): void => {
      const head = Array.from(
        { length: HEAD_DIM },
        (_, e) => at(heads, first + 2 * (e % half) + Math.floor(e / half)),
      );
      const mean = head.reduce((sum, x) => sum + x * x, 0) / HEAD_DIM;
      const normed = head.map((x, e) =>
        x / Math.sqrt(mean + EPS) * at(weight, e)
      );
      for (let e = 0; e < half; e++) {
        const cos = at(rope, (position * half + e) * 2);
        const sin = at(rope, (position * half + e) * 2 + 1);
        const [low, high] = [at(normed, e), at(normed, e + half)];
        heads[first + 2 * e] = low * cos - high * sin;
        heads[first + 2 * e + 1] = high * cos + low * sin;
      }
    };
    for (let h = 0; h < NUM_HEADS; h++) {
      change(q, qWeight, (t * NUM_HEADS + h) * HEAD_DIM);
    }
    for (let g = 0; g < NUM_KV_HEADS; g++) {
      change(k, kWeight, (slot * NUM_KV_HEADS + g) * HEAD_DIM);
    }
  });
}
