// choice[r] = argmax over v of processed(logits[r])[v] + noise(seed, n, v), among v at or above the cut, where n
// is the position after the row's; no noise at temperature 0; of equal sums the lowest id.

import { at } from "./lib/at.ts";
import { readRows } from "./lib/rows.ts";
import { orderKey, processedLogits, readSampling } from "./lib/sampling.ts";

/**
 * CPU twin of `kernels/choose.wgsl`.
 *
 * @param bindings The kernel's bindings; `choice` is written.
 * @returns For each row the sums, `-Infinity` below the cut.
 */
export function choose(bindings: {
  readonly sampling: Uint32Array<ArrayBuffer>;
  readonly rows: Uint32Array;
  readonly logits: Float32Array;
  readonly bias: Float32Array;
  readonly tokenState: Uint32Array;
  readonly allowed?: Uint32Array | undefined;
  readonly cut: Uint32Array;
  readonly choice: Uint32Array;
}): Float64Array[] {
  const { temperature, topK, topP, minP, seed } = readSampling(
    bindings.sampling,
  );
  const { firstLogitRow, row } = readRows(bindings.rows);
  const isFiltered = temperature > 0 && (topK > 0 || topP < 1 || minP > 0);
  return row.slice(firstLogitRow).map(({ position }, r) => {
    const sums = processedLogits(r, bindings).map((value, token) => {
      if (isFiltered && orderKey(value) < at(bindings.cut, r)) return -Infinity;
      if (temperature === 0) return value;
      return value + gumbel(hash(seed, position + 1, token));
    });
    bindings.choice[r] = sums.indexOf(sums.reduce((a, b) => Math.max(a, b)));
    return sums;
  });
}

/**
 * Hashes a draw's coordinates: the last word of pcg3d of Jarzynski & Olano 2020.
 *
 * @param seed Seed of the generation.
 * @param position Position that the token will stand at.
 * @param token Token id.
 * @returns 32 bits.
 */
export function hash(seed: number, position: number, token: number): number {
  let [x, y, z] = [seed, position, token].map((word) =>
    Math.imul(word, 1664525) + 1013904223 | 0
  ) as [number, number, number];
  const mix = (): void => {
    x = x + Math.imul(y, z) | 0;
    y = y + Math.imul(z, x) | 0;
    z = z + Math.imul(x, y) | 0;
  };
  mix();
  [x, y, z] = [x ^ x >>> 16, y ^ y >>> 16, z ^ z >>> 16];
  mix();
  return z >>> 0;
}

/**
 * Turns 32 uniform bits into standard Gumbel noise.
 *
 * @param bits The bits.
 * @returns `-log(-log(1 - w))` with `w = (bits + 0.5) / 2^32`.
 */
export function gumbel(bits: number): number {
  const w = (bits + 0.5) / 2 ** 32;
  return -Math.log(-Math.log1p(-w));
}
