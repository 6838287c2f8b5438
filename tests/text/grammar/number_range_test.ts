import { assertEquals } from "@std/assert";
import {
  type NumberBound,
  numberRange,
} from "../../../src/text/grammar/number_range.ts";

const ENDS = [
  -1000,
  -120,
  -20.5,
  -1,
  -0.05,
  0,
  0.5,
  0.503,
  3,
  9,
  10,
  12.25,
  99,
];
/** Numbers round all of these, with no, two and three digits behind the point, and what is no number of JSON. */
const TEXTS = [
  ...Array.from({ length: 2300 }, (_, index) => String(index - 1150)),
  ...Array.from(
    { length: 2500 },
    (_, index) => ((index - 1250) / 100).toFixed(2),
  ),
  ...Array.from(
    { length: 1200 },
    (_, index) => ((index - 600) / 1000).toFixed(3),
  ),
  ...["0.0", "0.5000", "12.25001", "-0.050", "-1000.001", "12345.6", "99.000"],
  ...["-0", "00", "01", "1.", ".5", "", "-", "1e2", "0x5"],
];

function isInside(
  text: string,
  { min, max, isInteger }: Parameters<typeof numberRange>[0],
): boolean {
  if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text)) return false;
  if (/^-0(?:\.0*)?$/.test(text) || isInteger && text.includes(".")) {
    return false;
  }
  const value = Number(text);
  return (min === null || value > min.value ||
    value === min.value && !min.isExcluded) &&
    (max === null || value < max.value ||
      value === max.value && !max.isExcluded);
}

Deno.test("numberRange() has every number of a range, and no other", () => {
  const bounds: (NumberBound | null)[] = [
    null,
    ...ENDS.flatMap((value) => [
      { value, isExcluded: false },
      { value, isExcluded: true },
    ]),
  ];
  for (const min of bounds) {
    for (const max of bounds) {
      for (const isInteger of [false, true]) {
        const range = { min, max, isInteger };
        const expression = numberRange(range);
        const whole = expression === null
          ? null
          : new RegExp(`^(?:${expression})$`);
        const wrong = TEXTS.filter((text) =>
          (whole?.test(text) ?? false) !== isInside(text, range)
        );
        assertEquals(wrong, [], JSON.stringify({ ...range, expression }));
      }
    }
  }
});

Deno.test("numberRange() has no expression for ends that are written with exponents", () => {
  for (const value of [1e-7, 1e21, -1e300]) {
    const max = { value, isExcluded: false };
    assertEquals(numberRange({ min: null, max, isInteger: false }), null);
  }
});
