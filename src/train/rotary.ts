import { type Device, numpy as np } from "@jax-js/jax";
import { type RopeOptions, ropeTable } from "../model/mod.ts";

/** Rotations of all positions, on a device. */
export type Rotary = {
  /** `[T, 1, E/2]` */
  readonly cos: np.Array;
  /** `[T, 2, E/2]`: negative for the first half of a head. */
  readonly sin: np.Array;
};

/**
 * Tabulates rotations.
 *
 * @param options Positions `T`, size of a head and wavelengths, device.
 * @returns The tables, which the caller disposes.
 */
export function createRotary(
  options: RopeOptions & { readonly length: number; readonly device: Device },
): Rotary {
  const { length, headDim, device } = options;
  const half = headDim / 2;
  const table = ropeTable(length, options);
  const cos = new Float32Array(length * half);
  const sin = new Float32Array(length * headDim);
  for (let i = 0; i < length * half; i++) {
    const [c = 0, s = 0] = table.subarray(2 * i, 2 * i + 2);
    const first = Math.floor(i / half) * headDim + i % half;
    cos[i] = c;
    sin[first] = -s;
    sin[first + half] = s;
  }
  return {
    cos: np.array(cos, { shape: [length, 1, half], device }),
    sin: np.array(sin, { shape: [length, 2, half], device }),
  };
}

/**
 * Rotates the two halves of each head by its position's angles.
 *
 * Shapes: `[..., T, E]` to the same.
 * Source: Su et al. 2021 (arXiv 2104.09864), halves as Hugging Face's `rotate_half` has them.
 *
 * @param x Queries or keys; consumed.
 * @param rotary The rotations; not consumed.
 * @returns The rotated heads.
 */
export function rotate(x: np.Array, rotary: Rotary): np.Array {
  const { shape } = x;
  const [length = 0, , half = 0] = rotary.cos.shape;
  const halves = x.reshape([...shape.slice(0, -2), length, 2, half]);
  const swapped = np.flip(halves.ref, -2);
  return halves.mul(rotary.cos.ref).add(swapped.mul(rotary.sin.ref))
    .reshape(shape);
}
