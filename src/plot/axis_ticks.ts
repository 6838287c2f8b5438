/** A mark on an axis. */
export interface Tick {
  /** Where it is. */
  readonly value: number;
  /** What is written there. */
  readonly label: string;
}

/**
 * Chooses a few round numbers from one to another.
 *
 * @param low The first, or less.
 * @param high The last, or more; above `low`.
 * @returns The marks, about five.
 */
export function axisTicks(low: number, high: number): readonly Tick[] {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10;
  const size = step * power;
  const first = Math.ceil(low / size);
  const count = Math.floor(high / size + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, index) => {
    const value = (first + index) * size;
    return { value, label: String(Number(value.toPrecision(6))) };
  });
}
