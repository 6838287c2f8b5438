import { assert, assertEquals, assertMatch } from "@std/assert";

/** Asserts that an error is one a user can read: of a known class, one line, in the usual form. */
export function assertLoaderError(error: unknown): void {
  assert(error instanceof Error);
  const classes: readonly unknown[] = [
    TypeError,
    RangeError,
    SyntaxError,
    ReferenceError,
  ];
  assert(classes.includes(error.constructor), error.stack);
  assertMatch(
    error.message,
    /^Cannot (open|read|load) .+ as .+: found [^\n]+$/,
  );
  // deno-lint-ignore no-control-regex
  assertEquals(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/.test(error.message), false);
  assert(error.message.length < 3000);
}
