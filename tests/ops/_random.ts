import type { Elem } from "../../src/gpu/shader.ts";

/** Numbers of the type that a kernel stores. */
export type ElemArray = Float16Array<ArrayBuffer> | Float32Array<ArrayBuffer>;

/**
 * Rounds numbers to the type that a kernel stores.
 *
 * @param elem Number type.
 * @param values The numbers.
 * @returns The rounded numbers.
 */
export function elemArray(elem: Elem, values: ArrayLike<number>): ElemArray {
  return elem === "f16" ? Float16Array.from(values) : Float32Array.from(values);
}

/** @returns The same numbers as f32, which are read much faster than f16. */
export function widen(array: ElemArray): Float32Array<ArrayBuffer> {
  return Float32Array.from(array);
}

/** Random numbers that a seed determines. Source: mulberry32 of Tommy Ettinger. */
export class Random {
  #state: number;

  /** @param seed Integer that determines the numbers. */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** @returns A number in (0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  }

  /** @returns An integer in `[0, end)`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  /** @returns A number of the standard normal distribution. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(this.next()));
    return radius * Math.cos(2 * Math.PI * this.next());
  }

  /** @returns Numbers uniform in [-scale, scale], rounded to the type. */
  uniform(elem: Elem, length: number, scale = 1): ElemArray {
    const values = Float64Array.from(
      { length },
      () => scale * (2 * this.next() - 1),
    );
    return elemArray(elem, values);
  }

  /** @returns Normal numbers of this deviation. */
  normals(length: number, scale = 1): Float32Array<ArrayBuffer> {
    return Float32Array.from({ length }, () => scale * this.normal());
  }
}
