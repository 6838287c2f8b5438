import { assertEquals } from "@std/assert";
import { sessionLimit } from "../../src/decode/session_limit.ts";

const GIB = 2 ** 30;

Deno.test("sessionLimit() takes what is asked for, else as much as the model takes, 1 GiB at least, for 8 at most", () => {
  const cases = [
    [undefined, 1e3, 1e6, 8],
    [undefined, 14 * GIB, 2 * GIB, 7],
    [undefined, 0.5 * GIB, 0.4 * GIB, 2],
    [undefined, GIB, GIB, 1],
    [undefined, GIB, 5 * GIB, 1],
    [undefined, 100 * GIB, GIB, 8],
    [100, GIB, GIB, 100],
  ] as const;
  for (const [wanted, modelBytes, sessionBytes, expected] of cases) {
    assertEquals(sessionLimit(wanted, { modelBytes, sessionBytes }), expected);
  }
});
