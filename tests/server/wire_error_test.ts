import { assert, assertEquals } from "@std/assert";
import { fromWireError, toWireError } from "../../src/server/wire_error.ts";
import { GpuError } from "../../mod.ts";

Deno.test("fromWireError() gives back class, message and kind of what toWireError() took", () => {
  const errors = [
    new TypeError("a"),
    new RangeError("b"),
    new SyntaxError("c"),
    new ReferenceError("d"),
    new GpuError("device-lost", "e"),
    new GpuError("out-of-memory", "f"),
    new Error("g"),
  ];
  for (const error of errors) {
    const back = fromWireError(structuredClone(toWireError(error)));
    assertEquals(back.constructor, error.constructor);
    assertEquals([back.name, back.message], [error.name, error.message]);
    if (error instanceof GpuError) {
      assert(back instanceof GpuError);
      assertEquals(back.kind, error.kind);
    }
  }
});

Deno.test("toWireError() takes whatever is thrown", () => {
  const aborted = new DOMException("gone", "AbortError");
  assertEquals(toWireError(aborted), { name: "AbortError", message: "gone" });
  const back = fromWireError(toWireError(aborted));
  assertEquals([back.name, back.message], ["AbortError", "gone"]);
  assertEquals(toWireError("text"), { name: "Error", message: "text" });
  assertEquals(toWireError(undefined).message, "undefined");
  // A name that every object has is no class.
  assertEquals(
    fromWireError({ name: "constructor", message: "x" }).constructor,
    Error,
  );
});
