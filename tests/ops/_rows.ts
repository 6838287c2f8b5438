import type { Row } from "../reference/lib/rows.ts";
import type { Random } from "./_random.ts";

/** @returns Rows of token 0 at positions from `first` on. */
export function sequence(numRows: number, first = 0): Row[] {
  return Array.from(
    { length: numRows },
    (_, t) => ({ token: 0, position: first + t }),
  );
}

/** @returns Rows at different positions below `end`, in no order. */
export function scattered(random: Random, numRows: number, end: number): Row[] {
  const positions = Array.from({ length: end }, (_, position) => position);
  return Array.from({ length: numRows }, () => {
    const [position = 0] = positions.splice(random.below(positions.length), 1);
    return { token: 0, position };
  });
}
