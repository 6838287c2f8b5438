import { assertEquals } from "@std/assert";
import { escapeText } from "../../src/plot/escape_text.ts";

Deno.test("escapeText() escapes what means something in HTML and SVG", () => {
  assertEquals(
    escapeText(`a<b & "c" > 'd'`),
    "a&lt;b &amp; &quot;c&quot; &gt; &#39;d&#39;",
  );
});

Deno.test("escapeText() replaces what XML does not allow", () => {
  assertEquals(
    escapeText("a\0b\x1bc\ud800d\uffff"),
    "a\ufffdb\ufffdc\ufffdd\ufffd",
  );
  assertEquals(
    escapeText("tab\tline\nsnow ☃ \u{1f600}"),
    "tab\tline\nsnow ☃ \u{1f600}",
  );
});
