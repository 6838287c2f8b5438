import { assertEquals } from "@std/assert";
import { Tokenizer } from "../../src/text/mod.ts";
import type { Json } from "./fixtures.ts";

// Ids: ▁ 0, a 1, ▁▁ 2, ▁a 3, a▁ 4, aa 5.
const VOCAB = { "▁": 0, a: 1, "▁▁": 2, "▁a": 3, "a▁": 4, aa: 5 };

/** Encodes with these parts; spaces are put for `▁` where no pre-tokenizer does it. */
function encode(text: string, parts: Json, model: Json): number[] {
  const json = {
    normalizer: {
      type: "Replace",
      pattern: { String: " " },
      content: "▁",
    },
    decoder: { type: "Metaspace" },
    ...parts,
    model: { type: "BPE", vocab: VOCAB, ...model },
  };
  return new Tokenizer({ json, name: "tokenizer.json" }).encode(text);
}

function metaspace(parts: Json): Json {
  return { normalizer: null, pre_tokenizer: { type: "Metaspace", ...parts } };
}

Deno.test("Tokenizer.encode() merges over words where a token reaches over them", () => {
  const merges = ["a ▁", "▁ a"];
  assertEquals(encode("a a", {}, { merges }), [4, 1]);
  assertEquals(encode("a  a", {}, { merges }), [4, 3]);
});

Deno.test("Tokenizer.encode() looks a whole text up, not its words, where merges are ignored", () => {
  const { "▁": space, a, "▁a": word } = VOCAB;
  const model = {
    vocab: { "▁": space, a, "▁a": word },
    merges: [],
    ignore_merges: true,
  };
  assertEquals(encode(" a", {}, model), [3]);
  assertEquals(encode(" a a", {}, model), [0, 1, 0, 1]);
});

Deno.test("Tokenizer.encode() cuts at every ▁ if a Metaspace splits", () => {
  const merges = ["▁ ▁", "▁ a"];
  assertEquals(encode("a  a", metaspace({ split: true }), { merges }), [
    3,
    0,
    3,
  ]);
  assertEquals(encode("a  a", metaspace({}), { merges }), [3, 0, 3]);
  assertEquals(encode("a  a", metaspace({ split: false }), { merges }), [
    3,
    2,
    1,
  ]);
});

Deno.test("Tokenizer.encode() puts the space of a Metaspace in front as it says", () => {
  const merges = ["▁ a"];
  const cases: ReadonlyArray<readonly [Json, readonly number[]]> = [
    [{ prepend_scheme: "always" }, [3, 1]],
    [{ prepend_scheme: "never" }, [1, 1]],
    [{ add_prefix_space: true }, [3, 1]],
    [{ add_prefix_space: false }, [1, 1]],
    [{}, [3, 1]],
  ];
  for (const [parts, expected] of cases) {
    assertEquals(encode("aa", metaspace(parts), { merges }), expected);
    assertEquals(
      encode("aa", metaspace({ ...parts, split: false }), { merges }),
      expected,
    );
  }
});
