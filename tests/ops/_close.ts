import { assert, assertEquals } from "@std/assert";

/** How far a number may be from its reference. */
export interface Tolerance {
  /** Whatever the reference is. */
  readonly absolute?: number;
  /** As a portion of the reference. */
  readonly relative?: number;
}

/** Distance of neighbouring f16 numbers near 1: WGSL leaves open in which direction a store rounds. */
export const F16_ROUNDING = 2 ** -10;

/**
 * Bounds the rounding of a sum of K products of numbers in [-1, 1] and [-1/sqrt(K), 1/sqrt(K)].
 *
 * No term passes more roundings than a chunk of 64 has fused multiplications, counted twice where a device
 * rounds their products too, and there are chunks; each changes it by 2^-24 of what the terms' sizes sum to,
 * which is at most sqrt(K). Source: Higham 2002, equation 3.5.
 *
 * @param K Terms.
 * @returns Largest difference from the exact sum.
 */
export function productTolerance(K: number): number {
  return (2 * 64 + Math.ceil(K / 64)) * 2 ** -24 * Math.sqrt(K);
}

/** Throws unless each number is as close to its reference as the tolerance says. */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  options: Tolerance & { readonly label: string },
): void {
  const { absolute = 0, relative = 0, label } = options;
  assertEquals(actual.length, expected.length, label);
  for (let i = 0; i < expected.length; i++) {
    const [was, should] = [actual[i] ?? NaN, expected[i] ?? NaN];
    const most = absolute + relative * Math.abs(should);
    assert(
      Math.abs(was - should) <= most,
      `${label}: element ${i} is ${was}, should be ${should} within ${most}`,
    );
  }
}
