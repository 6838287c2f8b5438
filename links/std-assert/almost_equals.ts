import { msgSuffix } from "./_message.ts";
import { AssertionError } from "./assertion_error.ts";

function show(value: number): string {
  return Number.isInteger(value) ? `${value}` : value.toExponential();
}

/** Throws unless two numbers differ by at most `tolerance`, 1e-7 of `expected` when not given. */
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance?: number,
  msg?: string,
): void {
  if (Object.is(actual, expected)) return;
  const delta = Math.abs(expected - actual);
  const most = tolerance ??
    (isFinite(expected) ? Math.abs(expected * 1e-7) : 1e-7);
  if (delta <= most) return;
  throw new AssertionError(
    `Expected actual: "${show(actual)}" to be close to "${show(expected)}": ` +
      `delta "${show(delta)}" is greater than "${show(most)}"${msgSuffix(msg)}`,
  );
}
