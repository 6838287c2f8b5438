// out[m/32, K0 + k, m%32] = source[r, k], m = row_map[first_row + r] - M0, for rows r whose m lies in 0 .. M; counts
// what is not finite or larger than Elem can hold.

import { at } from "./lib/at.ts";

/**
 * CPU twin of `kernels/pack.wgsl`.
 *
 * @param bindings The kernel's bindings; `out` (unrounded) and `overflow` are written.
 * @param constants The kernel's constants.
 */
export function pack(
  bindings: {
    readonly params: Uint32Array;
    readonly source: Uint32Array<ArrayBuffer>;
    readonly rowMap: Uint32Array;
    readonly out: Float64Array;
    readonly overflow: Uint32Array;
  },
  constants: {
    readonly SOURCE_K: number;
    readonly K: number;
    readonly K0: number;
    readonly M: number;
    readonly M0: number;
    readonly FORMAT: number;
    readonly ELEM_MAX: number;
  },
): void {
  const { params, source, rowMap, out, overflow } = bindings;
  const { SOURCE_K, K, K0, M, M0, FORMAT, ELEM_MAX } = constants;
  const values = decode(source, FORMAT);
  for (let r = 0; r < at(params, 1); r++) {
    const m = at(rowMap, at(params, 0) + r) - M0;
    if (m < 0 || m >= M) continue;
    for (let k = 0; k < SOURCE_K; k++) {
      const value = at(values, r * SOURCE_K + k);
      const isHeld = Math.abs(value) <= ELEM_MAX;
      if (!isHeld) overflow[0] = at(overflow, 0) + 1;
      out[(Math.floor(m / 32) * K + K0 + k) * 32 + m % 32] = value;
    }
  }
}

/** 0 F32, 1 F16, 2 BF16, which is the upper half of an F32. */
function decode(
  words: Uint32Array<ArrayBuffer>,
  format: number,
): ArrayLike<number> {
  if (format === 0) return new Float32Array(words.buffer);
  if (format === 1) return new Float16Array(words.buffer);
  const halves = new Uint16Array(words.buffer);
  return new Float32Array(
    Uint32Array.from(halves, (half) => half << 16).buffer,
  );
}
