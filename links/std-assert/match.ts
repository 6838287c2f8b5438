import { msgSuffix } from "./_message.ts";
import { AssertionError } from "./assertion_error.ts";

/** Throws unless `actual` matches `expected`. */
export function assertMatch(
  actual: string,
  expected: RegExp,
  msg?: string,
): void {
  if (expected.test(actual)) return;
  throw new AssertionError(
    `Expected actual: "${actual}" to match: "${expected}"${msgSuffix(msg)}`,
  );
}
