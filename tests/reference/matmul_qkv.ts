// [q; k; v][t] = x[t] · wᵀ (+ bias), with the heads of q and k turned by the row's position. The weights and the
// rotation are the textbook's, which pairs element e of a head with e + E/2:
//   turned[e]       = head[e]       * cos - head[e + E/2] * sin
//   turned[e + E/2] = head[e + E/2] * cos + head[e]       * sin
// and only then are the turned heads stored as the kernel stores them: e at 2e, e + E/2 at 2e + 1.

import { at, type Floats } from "./lib/at.ts";
import { dot } from "./lib/dot.ts";
import { readRows } from "./lib/rows.ts";

/**
 * CPU twin of `kernels/matmul_qkv.wgsl`.
 *
 * @param bindings The kernel's bindings, `w` unpacked: `[(H+2G)*E, K]`, with rows in the checkpoint's order, and
 *   `bias` in the same order; `q`, `k` and `v` are written.
 * @param constants The kernel's constants.
 */
export function matmulQkv(
  bindings: {
    readonly rows: Uint32Array;
    readonly x: Floats;
    readonly w: Floats;
    readonly bias: Float32Array | null;
    readonly rope: Float32Array;
    readonly q: Float64Array;
    readonly k: Float64Array;
    readonly v: Float64Array;
  },
  constants: {
    readonly K: number;
    readonly Q_SIZE: number;
    readonly KV_SIZE: number;
    readonly HEAD_DIM: number;
    /** 0: they are stored as they are, in pairs; default: 1. */
    readonly IS_ROTATED?: number;
  },
): void {
  const { rows, x, w, bias, rope, q, k, v } = bindings;
  const { K, Q_SIZE, KV_SIZE, HEAD_DIM } = constants;
  readRows(rows).row.forEach(({ position, slot }, t) => {
    const project = (firstRow: number, size: number): Float64Array =>
      Float64Array.from({ length: size }, (_, i) => {
        const m = firstRow + i;
        return dot([x, t], [w, m], K) + (bias === null ? 0 : at(bias, m));
      });
    // At position 0 nothing turns.
    const angle = constants.IS_ROTATED === 0 ? 0 : position;
    const turn = { rope, position: angle, HEAD_DIM };
    q.set(rotate(project(0, Q_SIZE), turn), t * Q_SIZE);
    k.set(rotate(project(Q_SIZE, KV_SIZE), turn), slot * KV_SIZE);
    v.set(project(Q_SIZE + KV_SIZE, KV_SIZE), slot * KV_SIZE);
  });
}

/** Turns each head, and stores it in pairs. */
function rotate(
  heads: Float64Array,
  turn: {
    readonly rope: Float32Array;
    readonly position: number;
    readonly HEAD_DIM: number;
  },
): Float64Array {
  const { rope, position, HEAD_DIM } = turn;
  const half = HEAD_DIM / 2;
  const paired = new Float64Array(heads.length);
  for (let first = 0; first < heads.length; first += HEAD_DIM) {
    for (let e = 0; e < half; e++) {
      const cos = at(rope, (position * half + e) * 2);
      const sin = at(rope, (position * half + e) * 2 + 1);
      const low = at(heads, first + e);
      const high = at(heads, first + e + half);
      paired[first + 2 * e] = low * cos - high * sin;
      paired[first + 2 * e + 1] = high * cos + low * sin;
    }
  }
  return paired;
}
