import type { SourceFormat } from "../ops/pack.ts";

/** Bytes of one number as stored. */
export const SOURCE_BYTES: Readonly<Record<SourceFormat, 2 | 4>> = {
  F32: 4,
  F16: 2,
  BF16: 2,
};

/**
 * Reads stored numbers as f32; none loses anything.
 *
 * @param bytes Little-endian numbers.
 * @param format How they are stored.
 * @returns The numbers.
 */
export function floatValues(
  bytes: Uint8Array<ArrayBuffer>,
  format: SourceFormat,
): Float32Array<ArrayBuffer> {
  const buffer = bytes.slice().buffer;
  if (format === "F32") return new Float32Array(buffer);
  if (format === "F16") return Float32Array.from(new Float16Array(buffer));
  const halves = new Uint16Array(buffer);
  return new Float32Array(
    Uint32Array.from(halves, (half) => half << 16).buffer,
  );
}
