import { msgSuffix } from "./_message.ts";
import { AssertionError } from "./assertion_error.ts";

/** Throws unless `actual` contains `expected`. */
export function assertStringIncludes(
  actual: string,
  expected: string,
  msg?: string,
): void {
  if (actual.includes(expected)) return;
  throw new AssertionError(
    `Expected actual: "${actual}" to contain: "${expected}"${msgSuffix(msg)}`,
  );
}
