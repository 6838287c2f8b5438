import { at } from "./at.ts";

/** What one element of a row in blocks is made of. */
export interface BlockElement {
  /** Its bits. */
  readonly quant: number;
  /** What it comes to. */
  readonly value: number;
}

/** A block's scales, as stored: f16 bits, and bytes of super-blocks' parts. */
export interface BlockScales {
  readonly d: number;
  readonly min: number;
  readonly scale: number;
  readonly least: number;
}

/** Numbers and bytes of a block, by format. */
export const BLOCKS = {
  Q4_0: [32, 18],
  Q4_1: [32, 20],
  Q5_0: [32, 22],
  Q5_1: [32, 24],
  Q8_0: [32, 34],
  Q4_K: [256, 144],
  Q5_K: [256, 176],
  Q6_K: [256, 210],
} as const;

/** A format of weights in blocks. */
export type BlockName = keyof typeof BLOCKS;

/** Value of f16 bits. */
export function halfValue(bits: number): number {
  const sign = bits >>> 15 === 1 ? -1 : 1;
  const exponent = bits >>> 10 & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/**
 * Reads one element of a row that is stored in blocks, as ggml defines them.
 *
 * Source: ggml's `ggml-common.h`, `dequantize_row_*` of `ggml-quants.c`.
 *
 * @param format The format.
 * @param row The row's bytes.
 * @param k Its column.
 * @returns Bits and value.
 */
export function blockElement(
  format: BlockName,
  row: Uint8Array,
  k: number,
): BlockElement & BlockScales {
  const [size, numBytes] = BLOCKS[format];
  const first = Math.floor(k / size) * numBytes;
  const byte = (offset: number): number => at(row, first + offset);
  const half = (offset: number): number =>
    byte(offset) + 256 * byte(offset + 1);
  const i = k % size;
  const none = { min: 0, scale: 0, least: 0 };
  const nibble = (offset: number): number =>
    i % 32 < 16 ? byte(offset + i % 16) & 15 : byte(offset + i % 16) >> 4;
  const d = half(0);
  switch (format) {
    case "Q4_0": {
      const quant = nibble(2);
      return { ...none, d, quant, value: (quant - 8) * halfValue(d) };
    }
    case "Q4_1": {
      const [quant, min] = [nibble(4), half(2)];
      const value = quant * halfValue(d) + halfValue(min);
      return { ...none, d, min, quant, value };
    }
    case "Q5_0": {
      const quant = nibble(6) + 16 * (byte(2 + (i >> 3)) >> i % 8 & 1);
      return { ...none, d, quant, value: (quant - 16) * halfValue(d) };
    }
    case "Q5_1": {
      const quant = nibble(8) + 16 * (byte(4 + (i >> 3)) >> i % 8 & 1);
      const min = half(2);
      const value = quant * halfValue(d) + halfValue(min);
      return { ...none, d, min, quant, value };
    }
    case "Q8_0": {
      const quant = byte(2 + i);
      return { ...none, d, quant, value: (quant << 24 >> 24) * halfValue(d) };
    }
    case "Q4_K":
    case "Q5_K": {
      const run = i >> 5;
      const [scale, least] = run < 4
        ? [byte(4 + run) & 63, byte(8 + run) & 63]
        : [
          byte(8 + run) & 15 | (byte(run) >> 6) << 4,
          byte(8 + run) >> 4 | (byte(4 + run) >> 6) << 4,
        ];
      const lows = format === "Q4_K" ? 16 : 48;
      const packed = byte(lows + (i >> 6) * 32 + i % 32);
      let quant = run % 2 === 0 ? packed & 15 : packed >> 4;
      if (format === "Q5_K") quant += 16 * (byte(16 + i % 32) >> run & 1);
      const min = half(2);
      const value = halfValue(d) * scale * quant - halfValue(min) * least;
      return { d, min, scale, least, quant, value };
    }
    case "Q6_K": {
      const [part, l] = [i >> 7, i % 32];
      const quarter = i >> 5 & 3;
      const packed = byte(part * 64 + (quarter % 2) * 32 + l);
      const low = quarter < 2 ? packed & 15 : packed >> 4;
      const quant = low +
        16 * (byte(128 + part * 32 + l) >> 2 * quarter & 3);
      const scale = byte(192 + (i >> 4));
      const own = half(208);
      const value = halfValue(own) * (scale << 24 >> 24) * (quant - 32);
      return { ...none, d: own, scale, quant, value };
    }
  }
}
