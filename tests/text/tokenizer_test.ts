import { assert, assertEquals } from "@std/assert";
import { Tokenizer as Library } from "@huggingface/tokenizers";
import { Tokenizer } from "../../src/text/mod.ts";
import {
  byteLevelJson,
  byteLevelTokenizer,
  type Json,
  readStories,
  STORIES_URL,
  TEXT_PIECES,
} from "./fixtures.ts";
import { Random } from "./random.ts";

interface Case {
  readonly text: string;
  readonly ids: readonly number[];
}

const stories = await Tokenizer.load(STORIES_URL);
const byteLevel = byteLevelTokenizer();
const CASES: readonly Case[] = JSON.parse(
  Deno.readTextFileSync(new URL("tokenizer_cases.json", STORIES_URL)),
);

Deno.test("Tokenizer.encode() gives the ids of an independent encoder", () => {
  for (const { text, ids } of CASES) assertEquals(stories.encode(text), ids);
});

Deno.test("Tokenizer.decode() gives back the text of an independent encoder's ids", () => {
  for (const { text, ids } of CASES) {
    assertEquals(stories.decode(ids), text);
    const skipSpecialTokens = false;
    assertEquals(stories.decode(ids.slice(1), { skipSpecialTokens }), text);
    assertEquals(stories.decode(ids, { skipSpecialTokens }), `<s> ${text}`);
  }
});

Deno.test("Tokenizer.encode() merges bytes as Llama 3's form says", () => {
  const ids: ReadonlyArray<readonly [string, readonly number[]]> = [
    ["", []],
    ["hello", [259]],
    ["hello world", [259, 260, 111, 114, 108, 100]],
    // Cut into "hello", " ", " w".
    ["hello  w", [259, 32, 260]],
    // Three digits at most.
    ["1234", [262, 52]],
    ["😀", [265, 266]],
    ["é", [267]],
    ["I'LL", [73, 39, 76, 76]],
    ["\n\n x", [10, 10, 32, 120]],
    ["日", [0xe6, 0x97, 0xa5]],
    ["<|tool|>1", [303, 49]],
  ];
  for (const [text, expected] of ids) {
    assertEquals(byteLevel.encode(text), [300, ...expected], text);
    assertEquals(byteLevel.decode(expected), text);
  }
});

Deno.test("Tokenizer.encode() adds special tokens only where it is asked to", () => {
  const addSpecialTokens = false;
  assertEquals(stories.encode(""), [1]);
  assertEquals(stories.encode("", { addSpecialTokens }), []);
  assertEquals(stories.encode("Once upon", { addSpecialTokens }), [403, 407]);
  assertEquals(byteLevel.encode("hello", { addSpecialTokens }), [259]);
});

Deno.test("Tokenizer.encode() turns special tokens in the text into their ids", () => {
  const addSpecialTokens = false;
  // Each section begins a text, as the file's normalizer says.
  assertEquals(
    stories.encode("<s>Once upon</s><s>Once", { addSpecialTokens }),
    [1, 403, 407, 2, 1, 403],
  );
  assertEquals(
    byteLevel.encode("<|begin_of_text|>hello<|end_of_text|>", {
      addSpecialTokens,
    }),
    [300, 259, 301],
  );
});

Deno.test("Tokenizer.encode() replaces halves of surrogate pairs", () => {
  // U+FFFD is the bytes ef bf bd, and a byte's id is the byte + 3.
  const ids = [1, 410, 0xef + 3, 0xbf + 3, 0xbd + 3, 444];
  assertEquals(stories.encode("\ufffdx"), ids);
  assertEquals(stories.encode("\ud800x"), ids);
  assertEquals(stories.encode("\udc00x"), ids);
  assertEquals(byteLevel.encode("\ud83d"), [300, 0xef, 0xbf, 0xbd]);
  // Where U+FFFD is a token, it is that token.
  const model = { vocab: { a: 0, "\ufffd": 1 }, merges: [] };
  const json = { model, decoder: { type: "ByteLevel" } };
  const tokenizer = new Tokenizer({ json, name: "tokenizer.json" });
  assertEquals(tokenizer.encode("a\udc00"), [0, 1]);
});

Deno.test("Tokenizer.decode() gives back any text", () => {
  const random = new Random(1);
  for (let round = 0; round < 500; round++) {
    const text = random.text(TEXT_PIECES, 12);
    // SentencePiece's form writes a space as ▁, so the two become one.
    const expected = text.replaceAll("▁", " ");
    assertEquals(stories.decode(stories.encode(text)), expected);
    assertEquals(byteLevel.decode(byteLevel.encode(text)), text);
  }
});

Deno.test("Tokenizer.encode() gives the library's ids, which cuts no text between words", () => {
  const library = new Library(readStories("tokenizer.json"), {});
  const random = new Random(2);
  for (let round = 0; round < 500; round++) {
    const text = random.text([...TEXT_PIECES, "<s>", "▁▁▁"], 20);
    assertEquals(stories.encode(text), library.encode(text).ids, text);
  }
});

Deno.test("Tokenizer takes a long text", () => {
  const sentence = CASES.map(({ text }) => text).join(" ");
  const long = sentence.repeat(Math.ceil(2 ** 20 / sentence.length));
  assertEquals(stories.decode(stories.encode(long)), long);
  assertEquals(byteLevel.decode(byteLevel.encode(long)), long);
  for (const character of ["a", " ", "\n", "1"]) {
    const run = character.repeat(2 ** 16);
    assertEquals(byteLevel.decode(byteLevel.encode(run)), run);
    assertEquals(stories.decode(stories.encode(run)), run);
  }
});

Deno.test("Tokenizer.decode() keeps a byte order mark", () => {
  assertEquals(
    stories.decode(stories.encode("\ufeffx\ufeff")),
    "\ufeffx\ufeff",
  );
  assertEquals(byteLevel.decode([0xef, 0xbb, 0xbf, 0x78]), "\ufeffx");
});

Deno.test("Tokenizer.decode() replaces bytes that are not UTF-8", () => {
  assertEquals(byteLevel.decode([0x61, 0xe6, 0x97]), "a\ufffd");
  assertEquals(byteLevel.decode([0xe6, 0x97, 0x61, 0x80]), "\ufffda\ufffd");
  assertEquals(stories.decode([0xf0 + 3, 0x9f + 3, 403]), "\ufffd Once");
});

Deno.test("Tokenizer.decode() skips special tokens, and keeps other added ones", () => {
  const ids = [300, 259, 303, 301];
  assertEquals(byteLevel.decode(ids), "hello<|tool|>");
  assertEquals(
    byteLevel.decode(ids, { skipSpecialTokens: false }),
    "<|begin_of_text|>hello<|tool|><|end_of_text|>",
  );
  // Bytes of one character on both sides of a special token.
  assertEquals(byteLevel.decode([0xc3, 301, 0xa9]), "é");
});

Deno.test("Tokenizer.decode() takes ids without a token for no text", () => {
  assertEquals(byteLevel.decode([259, 280, 302, 304, 1e6, -1, 33]), "hello!");
  assertEquals(stories.decode([]), "");
});

Deno.test("Tokenizer knows its tokens", () => {
  assertEquals([stories.vocabSize, byteLevel.vocabSize], [512, 304]);
  assertEquals([...stories.specialTokenIds], [0, 1, 2]);
  assertEquals([...byteLevel.specialTokenIds], [300, 301]);
  assertEquals(stories.idOf("▁Once"), 403);
  assertEquals(stories.idOf("</s>"), 2);
  assertEquals(stories.idOf("no such token"), undefined);
  assertEquals(stories.idOf("constructor"), undefined);
  assertEquals(stories.tokenText(403), "▁Once");
  assertEquals(byteLevel.tokenText(260), "Ġw");
  assertEquals(byteLevel.tokenText(280), undefined);
  assertEquals([...stories.tokenBytes(13)], [10]);
});

Deno.test("Tokenizer.encode() adds what a Llama class's configuration says, whatever the post-processor", () => {
  const bos_token = { content: "<|begin_of_text|>" };
  const eos_token = "<|end_of_text|>";
  function encode(postProcessor: unknown, config: Json): number[] {
    const json = { ...byteLevelJson(), post_processor: postProcessor };
    return new Tokenizer({
      json,
      config: { bos_token, eos_token, ...config },
      name: "tokenizer.json",
    }).encode("hello");
  }
  const { post_processor } = byteLevelJson();
  const llama = { tokenizer_class: "LlamaTokenizerFast" };
  const cases: ReadonlyArray<readonly [unknown, Json, readonly number[]]> = [
    [null, {}, [259]],
    [null, llama, [259]],
    [null, { ...llama, add_bos_token: true }, [300, 259]],
    [null, { ...llama, add_eos_token: true }, [300, 259, 301]],
    [post_processor, llama, [300, 259]],
    [post_processor, { ...llama, add_bos_token: true }, [300, 259]],
    [post_processor, { ...llama, add_bos_token: false }, [259]],
    [
      post_processor,
      { tokenizer_class: "PreTrainedTokenizerFast", add_bos_token: false },
      [300, 259],
    ],
  ];
  for (const [postProcessor, config, expected] of cases) {
    assertEquals(encode(postProcessor, config), expected);
  }
});

Deno.test("Tokenizer leaves what it is given as it was", () => {
  const json = byteLevelJson();
  new Tokenizer({ json, name: "tokenizer.json" });
  assertEquals(json, byteLevelJson());
  assert(Array.isArray(json.added_tokens));
});
