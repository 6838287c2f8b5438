// Blocks of 32 numbers share a scale, and in Q4_1 a minimum: what each number comes to when it is stored so.

import { at } from "./lib/at.ts";

/** Formats that numbers are rounded to. */
export type RoundedName = "Q4_0" | "Q4_1" | "Q8_0";

/**
 * CPU twin of `kernels/quantize.wgsl`: rounds numbers, and reads them again.
 *
 * Source: ggml's `quantize_row_*_ref` (`ggml-quants.c`).
 *
 * @param x Numbers, whole blocks of 32.
 * @param format The format.
 * @returns The numbers that are stored.
 */
export function quantize(x: ArrayLike<number>, format: RoundedName): number[] {
  const rounded: number[] = [];
  const { fround, f16round } = Math;
  for (let first = 0; first < x.length; first += 32) {
    const block = Array.from({ length: 32 }, (_, i) => at(x, first + i));
    const [most, least] = [Math.max(...block), Math.min(...block)];
    if (format === "Q4_1") {
      const d = fround((most - least) / 15);
      const inverse = d === 0 ? 0 : fround(1 / d);
      for (const value of block) {
        const quant = Math.trunc(fround(value - least) * inverse + 0.5);
        rounded.push(
          f16round(d) * Math.max(0, Math.min(15, quant)) + f16round(least),
        );
      }
      continue;
    }
    const d = format === "Q8_0"
      ? fround(Math.max(most, -least) / 127)
      : fround((most > -least ? most : least) / -8);
    const inverse = d === 0 ? 0 : fround(1 / d);
    for (const value of block) {
      const scaled = fround(value) * inverse;
      const quant = format === "Q8_0"
        ? Math.sign(scaled) * Math.floor(Math.abs(scaled) + 0.5)
        : Math.max(0, Math.min(15, Math.trunc(scaled + 8.5))) - 8;
      rounded.push(f16round(d) * quant);
    }
  }
  return rounded;
}
