import type { NamedTensors } from "./named_tensor.ts";
import type { TensorToWrite } from "../checkpoint/mod.ts";

/**
 * Puts tensors into the form in which they are written, in f32.
 *
 * @param tensors The tensors.
 * @returns The same, in the same order.
 */
export function toTensorsToWrite(
  tensors: NamedTensors,
): readonly TensorToWrite[] {
  return [...tensors].map(([name, { shape, values }]) => ({
    name,
    dtype: "F32",
    shape,
    bytes: new Uint8Array(
      values.buffer,
      values.byteOffset,
      values.byteLength,
    ),
  }));
}
