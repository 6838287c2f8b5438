/**
 * Rounds weights to F16.
 *
 * @param name Of the tensor, for the message.
 * @param values The weights.
 * @returns Their bytes.
 * @throws {RangeError} A weight is larger than an F16 can be.
 */
export function halves(
  name: string,
  values: Float32Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const rounded = Float16Array.from(values);
  if (!rounded.every(Number.isFinite)) {
    throw new RangeError(
      `Cannot write ${name} as its values must fit in F16: found one that does not`,
    );
  }
  return new Uint8Array(rounded.buffer);
}
