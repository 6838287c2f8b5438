/** An end of a range of numbers. */
export interface NumberBound {
  /** The number. */
  readonly value: number;
  /** Whether it is outside the range itself. */
  readonly isExcluded: boolean;
}

/** A range of numbers; `null` for no end. */
export interface NumberRange {
  /** Its least. */
  readonly min: NumberBound | null;
  /** Its greatest. */
  readonly max: NumberBound | null;
  /** Holds whole numbers only. */
  readonly isInteger: boolean;
}

/**
 * Writes what JSON's numbers of a range look like, without exponents: every one of them, and no other.
 *
 * @param range The range.
 * @returns An expression of sets, groups and repetitions, which is the same as a regular expression and in EBNF; null if
 *   the range is empty, or an end of it is too large or small to be written without an exponent.
 */
export function numberRange(range: NumberRange): string | null {
  const { isInteger } = range;
  const min = isInteger ? toWhole(range.min, 1) : range.min;
  const max = isInteger ? toWhole(range.max, -1) : range.max;
  if ([min, max].some((end) => String(end?.value ?? 0).includes("e"))) {
    return null;
  }
  const fromZero = min !== null && min.value >= 0 ? min : ZERO;
  // There is no -0.
  const aboveZero = isInteger ? ONE : ABOVE_ZERO;
  const belowZero = max !== null && max.value < 0 ? negate(max) : aboveZero;
  const negative = min !== null && min.value >= 0
    ? []
    : new Decimals(belowZero, negate(min), isInteger).alternatives();
  const positive = new Decimals(fromZero, max, isInteger).alternatives();
  const parts = [...negative.map((part) => `[-]${part}`), ...positive];
  return parts.length === 0 ? null : parts.join("|");
}

const ZERO: NumberBound = { value: 0, isExcluded: false };
const ABOVE_ZERO: NumberBound = { value: 0, isExcluded: true };
const ONE: NumberBound = { value: 1, isExcluded: false };

/** The nearest whole number that is inside, `step` being the way there. */
function toWhole(bound: NumberBound | null, step: 1 | -1): NumberBound | null {
  if (bound === null) return null;
  const { value, isExcluded } = bound;
  const whole = step === 1 ? Math.ceil(value) : Math.floor(value);
  const isOut = isExcluded && whole === value;
  return { value: isOut ? whole + step : whole, isExcluded: false };
}

function negate(bound: NumberBound): NumberBound;
function negate(bound: NumberBound | null): NumberBound | null;
function negate(bound: NumberBound | null): NumberBound | null {
  return bound && { ...bound, value: -bound.value };
}

/** Numbers of no sign from one to another, digit by digit. */
class Decimals {
  readonly #min: NumberBound;
  readonly #max: NumberBound | null;
  readonly #isInteger: boolean;
  /** Digits of the least number before and behind the point, then those of the greatest. */
  readonly #low: readonly [string, string];
  readonly #high: readonly [string, string];

  constructor(min: NumberBound, max: NumberBound | null, isInteger: boolean) {
    this.#min = min;
    this.#max = max;
    this.#isInteger = isInteger;
    this.#low = digitsOf(min.value);
    this.#high = digitsOf(max?.value ?? 0);
  }

  alternatives(): readonly string[] {
    const [min, max] = [this.#min, this.#max];
    const least = this.#low[0].length;
    if (max === null) {
      const longer = `[1-9][0-9]{${least},}${this.#isInteger ? "" : FRACTION}`;
      return [...this.#whole(least, 0, [true, false]), longer];
    }
    const isEmpty = max.value < min.value ||
      max.value === min.value && (max.isExcluded || min.isExcluded);
    if (isEmpty) return [];
    const most = this.#high[0].length;
    return Array.from({ length: most - least + 1 }, (_, more) => more + least)
      .flatMap((length) =>
        this.#whole(length, 0, [length === least, length === most])
      );
  }

  /** From a digit before the point on; `isAt` says whether those before are the least number's, and the greatest's. */
  #whole(length: number, index: number, isAt: Edges): string[] {
    const [isLow, isHigh] = isAt;
    if (index === length) return this.#fraction(isAt);
    const first = index === 0 && length > 1 ? 1 : 0;
    if (!isLow && !isHigh) {
      const more = length - index - 1;
      const rest = more === 0 ? "" : `[0-9]{${more}}`;
      return [
        `${set(first, 9)}${rest}${this.#isInteger ? "" : FRACTION}`,
      ];
    }
    const low = isLow ? Number(this.#low[0][index]) : first;
    const high = isHigh ? Number(this.#high[0][index]) : 9;
    return split(isAt, [low, high]).flatMap(([digits, next]) =>
      this.#whole(length, index + 1, next).map((rest) => `${digits}${rest}`)
    );
  }

  #fraction(isAt: Edges): string[] {
    if (this.#isInteger) return [""];
    const { some, isEmpty } = this.#behind(0, isAt);
    if (some.length === 0) return isEmpty ? [""] : [];
    return [`([.](${some.join("|")}))${isEmpty ? "?" : ""}`];
  }

  /** From a digit behind the point on: what may follow, and whether nothing may. */
  #behind(index: number, [wasLow, isHigh]: Edges): Rest {
    const isLowDone = index >= this.#low[1].length;
    const isHighDone = index >= this.#high[1].length;
    const isLow = wasLow && (!isLowDone || this.#min.isExcluded);
    const isTooHigh = this.#max?.isExcluded ?? false;
    if (isHigh && isHighDone) {
      if (isLow || isTooHigh) return { some: [], isEmpty: false };
      return { some: ["[0]+"], isEmpty: true };
    }
    if (!isHigh && !isLow) return { some: ["[0-9]+"], isEmpty: true };
    if (!isHigh && isLowDone) {
      return { some: ["[0]*[1-9][0-9]*"], isEmpty: false };
    }
    const low = isLow ? Number(this.#low[1][index] ?? 0) : 0;
    const high = isHigh ? Number(this.#high[1][index]) : 9;
    const some = split([isLow, isHigh], [low, high])
      .flatMap(([digits, next]) => {
        const rest = this.#behind(index + 1, next);
        if (rest.some.length === 0) return rest.isEmpty ? [digits] : [];
        return [
          `${digits}(${rest.some.join("|")})${rest.isEmpty ? "?" : ""}`,
        ];
      });
    return { some, isEmpty: !isLow };
  }
}

/** Whether what comes before is that of the least number, and of the greatest. */
type Edges = readonly [isLow: boolean, isHigh: boolean];

interface Rest {
  readonly some: readonly string[];
  readonly isEmpty: boolean;
}

const FRACTION = "([.][0-9]+)?";

/** Splits digits into those at an end, where that counts, and those between. */
function split(
  [isLow, isHigh]: Edges,
  [low, high]: readonly [number, number],
): (readonly [digits: string, next: Edges])[] {
  if (isLow && isHigh && low === high) return [[set(low, low), [true, true]]];
  const from = isLow ? low + 1 : low;
  const to = isHigh ? high - 1 : high;
  return [
    ...isLow ? [[set(low, low), [true, false]] as const] : [],
    ...from <= to ? [[set(from, to), [false, false]] as const] : [],
    ...isHigh ? [[set(high, high), [false, true]] as const] : [],
  ];
}

function set(from: number, to: number): string {
  return from === to ? `[${from}]` : `[${from}-${to}]`;
}

function digitsOf(value: number): readonly [whole: string, rest: string] {
  const [whole = "0", rest = ""] = String(Math.abs(value)).split(".");
  return [whole, rest];
}
