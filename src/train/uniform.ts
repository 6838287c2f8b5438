/**
 * Gives a number in [0, 1) that follows from whole numbers alone, so that no order of calls changes it.
 *
 * @param seed Seed.
 * @param counters What the number is for.
 * @returns A multiple of 2^-32.
 */
export function uniform(seed: number, counters: readonly number[]): number {
  let state = mix(seed);
  for (const counter of counters) {
    state = mix(Math.imul(state, 0x9e3779b1) + counter);
  }
  return (state >>> 0) / 2 ** 32;
}

/** The finalizer of MurmurHash3, after an addition that keeps 0 from staying 0. */
function mix(value: number): number {
  let bits = (value + 0x9e3779b9) | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
