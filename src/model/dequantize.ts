import { type BlockFormat, isBlockFormat } from "../checkpoint/mod.ts";
import { BLOCK_BYTES, blockCols, type SourceFormat } from "../ops/mod.ts";
import { floatValues } from "./float_values.ts";

/** How weights are stored in files. */
export type StoredFormat = SourceFormat | BlockFormat;

/** A block of 32 numbers within its bytes. */
interface Run {
  readonly bytes: DataView;
  /** First byte of its block, or super-block. */
  readonly at: number;
  /** Which run of a super-block; else 0. */
  readonly index: number;
}

/**
 * Counts the bytes of a row of a matrix in a file.
 *
 * @param format How it is stored.
 * @param numCols Its columns, whole blocks of them.
 * @returns Bytes.
 */
export function storedRowBytes(format: StoredFormat, numCols: number): number {
  if (!isBlockFormat(format)) return numCols * (format === "F32" ? 4 : 2);
  return numCols / blockCols(format) * BLOCK_BYTES[format];
}

/**
 * Reads stored weights as f32, on the host: for the few that are not used as they are stored.
 *
 * Source: ggml's `dequantize_row_*` (`ggml-quants.c`).
 *
 * @param bytes Little-endian numbers or blocks.
 * @param format How they are stored.
 * @returns The numbers.
 */
export function storedValues(
  bytes: Uint8Array<ArrayBuffer>,
  format: StoredFormat,
): Float32Array<ArrayBuffer> {
  if (!isBlockFormat(format)) return floatValues(bytes, format);
  const size = BLOCK_BYTES[format];
  const numRuns = blockCols(format) / 32;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float32Array(bytes.length / size * blockCols(format));
  for (let run = 0; run < values.length / 32; run++) {
    const at = Math.floor(run / numRuns) * size;
    const own: Run = { bytes: view, at, index: run % numRuns };
    for (let i = 0; i < 32; i++) {
      values[run * 32 + i] = element(own, i, format);
    }
  }
  return values;
}

function element(run: Run, i: number, format: BlockFormat): number {
  const { bytes, at } = run;
  const half = (offset: number): number => bytes.getFloat16(at + offset, true);
  switch (format) {
    case "Q4_0":
      return (nibble(run, 2, i) - 8) * half(0);
    case "Q4_1":
      return nibble(run, 4, i) * half(0) + half(2);
    case "Q5_0":
      return (nibble(run, 6, i) + 16 * bit(run, 2, i) - 16) * half(0);
    case "Q5_1":
      return (nibble(run, 8, i) + 16 * bit(run, 4, i)) * half(0) + half(2);
    case "Q8_0":
      return bytes.getInt8(at + 2 + i) * half(0);
    case "Q4_K":
    case "Q5_K":
      return superElement(run, i, format === "Q5_K");
    case "Q6_K":
      return sixBits(run, i);
  }
}

/** 4 bits of element `i`, the lower ones of the first 16. */
function nibble({ bytes, at }: Run, offset: number, i: number): number {
  return bytes.getUint8(at + offset + i % 16) >> (i < 16 ? 0 : 4) & 15;
}

function bit({ bytes, at }: Run, offset: number, i: number): number {
  return bytes.getUint32(at + offset, true) >>> i & 1;
}

function superElement(
  { bytes, at, index }: Run,
  i: number,
  hasFifth: boolean,
): number {
  const byte = (offset: number): number => bytes.getUint8(at + offset);
  const [scale, least] = index < 4
    ? [byte(4 + index) & 63, byte(8 + index) & 63]
    : [
      byte(8 + index) & 15 | byte(index) >> 6 << 4,
      byte(8 + index) >> 4 | byte(4 + index) >> 6 << 4,
    ];
  const lows = hasFifth ? 48 : 16;
  const low = byte(lows + (index >> 1) * 32 + i) >> index % 2 * 4 & 15;
  const quant = low + (hasFifth ? 16 * (byte(16 + i) >> index & 1) : 0);
  const [d, dmin] = [
    bytes.getFloat16(at, true),
    bytes.getFloat16(at + 2, true),
  ];
  return d * scale * quant - dmin * least;
}

function sixBits({ bytes, at, index }: Run, i: number): number {
  const [part, quarter] = [index >> 2, index & 3];
  const low = bytes.getUint8(at + part * 64 + quarter % 2 * 32 + i) >>
      (quarter >> 1) * 4 & 15;
  const high = bytes.getUint8(at + 128 + part * 32 + i) >> 2 * quarter & 3;
  const scale = bytes.getInt8(at + 192 + index * 2 + (i >> 4));
  return bytes.getFloat16(at + 208, true) * scale * (low + 16 * high - 32);
}
