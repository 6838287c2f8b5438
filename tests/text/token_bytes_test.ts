import { assertEquals } from "@std/assert";
import { createTokenBytes } from "../../src/text/token_bytes.ts";
import type { Json } from "./fixtures.ts";

/** Text of one token, `|` and how many spaces a text's start loses. */
function describe(decoder: Json, token: string, isAdded = false): string {
  const { bytesOf, numLeadingSpaces } = createTokenBytes(decoder, "t.json");
  const text = new TextDecoder().decode(bytesOf(token, isAdded));
  return `${text}|${numLeadingSpaces}`;
}

function sequence(...decoders: readonly Json[]): Json {
  return { type: "Sequence", decoders };
}

function replace(pattern: string, content: string): Json {
  return { type: "Replace", pattern: { String: pattern }, content };
}

const fuse = { type: "Fuse" };
const bytes = { type: "ByteFallback" };

Deno.test("createTokenBytes() reads GPT-2's alphabet", () => {
  const decoder = { type: "ByteLevel" };
  assertEquals(describe(decoder, "ĠaĊ"), " a\n|0");
  assertEquals(describe(decoder, "Ã©"), "é|0");
  assertEquals(describe(sequence(decoder), "Ġ"), " |0");
  // All 256: the first stand-ins are Ā, the last ones ł (7f to a0) and Ń (ad).
  const { bytesOf } = createTokenBytes(decoder, "t.json");
  assertEquals([...bytesOf("Ā ġ".replace(" ", ""), false)], [0x00, 0x7f]);
  assertEquals([...bytesOf("łŃ¬®ÿ", false)], [0xa0, 0xad, 0xac, 0xae, 0xff]);
});

Deno.test("createTokenBytes() takes text that is outside the alphabet, or added, as it stands", () => {
  const decoder = { type: "ByteLevel" };
  assertEquals(describe(decoder, "a b"), "a b|0");
  assertEquals(describe(decoder, "é!", true), "é!|0");
});

Deno.test("createTokenBytes() reads SentencePiece's form", () => {
  const strip = { type: "Strip", content: " ", start: 1, stop: 0 };
  const llama = sequence(replace("▁", " "), bytes, fuse, strip);
  assertEquals(describe(llama, "▁a▁▁b"), " a  b|1");
  assertEquals(describe(llama, "<0x41>"), "A|1");
  assertEquals(describe(llama, "<0x4>"), "<0x4>|1");
  assertEquals(describe(llama, "<0x0g>"), "<0x0g>|1");
  const plain = sequence(replace("▁", " "), bytes, fuse);
  assertEquals(describe(plain, "▁a"), " a|0");
  assertEquals(
    describe(sequence(replace("▁", " "), fuse), "<0x41>"),
    "<0x41>|0",
  );
  assertEquals(describe(replace("a", "$&$&"), "ba"), "b$&$&|0");
});

Deno.test("createTokenBytes() reads a Metaspace", () => {
  const always = {
    type: "Metaspace",
    replacement: "▁",
    prepend_scheme: "always",
  };
  assertEquals(describe(always, "▁a▁"), " a |1");
  assertEquals(describe({ ...always, prepend_scheme: "never" }, "▁a"), " a|0");
  assertEquals(describe({ type: "Metaspace" }, "▁a"), " a|1");
});
