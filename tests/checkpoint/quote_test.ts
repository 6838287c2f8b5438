import { assertEquals } from "@std/assert";
import { quote } from "../../src/checkpoint/quote.ts";

Deno.test("quote() keeps plain text and puts quotes round it", () => {
  assertEquals(quote("model.norm.weight"), '"model.norm.weight"');
  assertEquals(quote("Grüße 😀"), '"Grüße 😀"');
});

Deno.test("quote() shows line ends, terminal controls and direction marks as escapes", () => {
  assertEquals(
    quote('a\n"b"\r\u001b[31m\u009b\u2028\u202e\ud800'),
    String.raw`"a\n\"b\"\r\u001b[31m\u009b\u2028\u202e\ud800"`,
  );
});

Deno.test("quote() shortens long text in the middle", () => {
  const shown = quote("a".repeat(1000) + "b".repeat(1000));
  assertEquals(shown, `"${"a".repeat(150)}…${"b".repeat(150)}"`);
});
