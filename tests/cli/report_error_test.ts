import { assertEquals } from "@std/assert";
import { describeError } from "../../src/cli/report_error.ts";
import { GpuError } from "../../mod.ts";
import { UsageError } from "../../src/cli/usage_error.ts";

Deno.test("describeError() gives the message of an error that a user can cause", () => {
  const errors = [
    new TypeError("m"),
    new RangeError("m"),
    new SyntaxError("m"),
    new ReferenceError("m"),
    new GpuError("no-adapter", "m"),
    new UsageError("m"),
    new Deno.errors.PermissionDenied("m"),
    Object.assign(new Error("m"), { code: "ENOSPC" }),
  ];
  for (const error of errors) assertEquals(describeError(error), "m");
});

Deno.test("describeError() marks other errors", () => {
  assertEquals(
    describeError(new Error("m")),
    "unexpected Error: m (--debug says where)",
  );
  assertEquals(
    describeError("m"),
    "unexpected error: m (--debug says where)",
  );
  assertEquals(
    describeError(new TypeError("")),
    "unexpected TypeError (--debug says where)",
  );
});

Deno.test("describeError() keeps to one line that cannot drive a terminal", () => {
  assertEquals(
    describeError(new TypeError("a\n  b\r\n\nc\x1b[2J\n")),
    "a b c�[2J",
  );
});
