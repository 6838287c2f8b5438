/** Numbers as a float binding holds them. */
export type Floats = Float16Array | Float32Array | Float64Array;

/**
 * Gets an element of a binding.
 *
 * @param array The binding.
 * @param index Index of the element.
 * @returns The element.
 * @throws {RangeError} If there is no such element, where WGSL would read another one and go on.
 */
export function at(array: ArrayLike<number>, index: number): number {
  const value = array[index];
  if (value === undefined) {
    throw new RangeError(
      `Cannot read a binding as the index must be below ${array.length}: ${index}`,
    );
  }
  return value;
}
