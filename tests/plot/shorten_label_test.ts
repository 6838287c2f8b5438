import { assertEquals } from "@std/assert";
import { shortenLabel } from "../../src/plot/shorten_label.ts";

Deno.test("shortenLabel() keeps the end of what is too long", () => {
  assertEquals(shortenLabel("abcde", 5), "abcde");
  assertEquals(shortenLabel("abcdef", 5), "…cdef");
  // Characters, not halves of them.
  assertEquals(shortenLabel("ab\u{1f600}\u{1f601}", 3), "…\u{1f600}\u{1f601}");
});
