import { assert, assertEquals, assertThrows } from "@std/assert";
import { openByteSource } from "../../src/checkpoint/byte_source.ts";
import { readGgufHeader } from "../../src/checkpoint/gguf_header.ts";
import { pathExists } from "../../src/checkpoint/mod.ts";
import {
  createGgufChatTemplate,
  createGgufTokenizer,
  StreamDecoder,
  Tokenizer,
} from "../../src/text/mod.ts";
import {
  byteLevelJson,
  byteLevelTokenizer,
  readStories,
  TEXT_PIECES,
} from "./fixtures.ts";
import { Random } from "./random.ts";

const SHARED = new URL("../../../shared/tokenizers/", import.meta.url).pathname;
const SEPARATOR = "\n__ggml_vocab_test__\n";
const CASES = ["phi-3", "gpt-2"];
const TEXTS = [
  "Once upon a time, there was a café — naïve, Ωmega, и мир.",
  "日本語と한국어と中文。\u3000ภาษาไทย",
  "👩‍👩‍👧 🇩🇪 \u{1f469}\u{1f3fd}",
  "\0\u0001\u001b[0m\u007f\t\r\n\u2028 \u202e",
  "e\u0301 ﬁ ① \ufeff\ufffd",
  "  a  b   \n\n  c ",
  "",
];

type Metadata = Map<string, unknown>;

/** Metadata of a SentencePiece tokenizer: its tokens with their scores and types. */
function sentencePiece(
  scored: readonly (readonly [token: string, score: number, type?: number])[],
  more: Readonly<Record<string, unknown>> = {},
): Metadata {
  return new Map<string, unknown>(Object.entries({
    "tokenizer.ggml.model": "llama",
    "tokenizer.ggml.tokens": scored.map(([token]) => token),
    "tokenizer.ggml.scores": scored.map(([, score]) => score),
    "tokenizer.ggml.token_type": scored.map(([, , type]) => type ?? 1),
    "tokenizer.ggml.bos_token_id": 0,
    ...more,
  }));
}

/** The vocabulary of stories260k, whose scores fall with the ids. */
function stories(): Metadata {
  const { vocab } = readStories("tokenizer.json").model as {
    vocab: Record<string, number>;
  };
  const tokens = Object.entries(vocab).toSorted(([, a], [, b]) => a - b);
  const types = (id: number): number => id === 0 ? 2 : id < 3 ? 3 : 1;
  return sentencePiece(
    tokens.map(([token, id]) => [token, -id, types(id)] as const),
    {
      "tokenizer.ggml.bos_token_id": 1,
      "tokenizer.ggml.eos_token_id": 2,
      "tokenizer.ggml.unknown_token_id": 0,
    },
  );
}

/** The vocabulary of `byteLevelJson`, gaps filled. */
function byteLevel(more: Readonly<Record<string, unknown>> = {}): Metadata {
  const { model, added_tokens } = byteLevelJson() as {
    model: { vocab: Record<string, number>; merges: string[] };
    added_tokens: { id: number; content: string }[];
  };
  const tokens = Array.from({ length: 304 }, (_, id) => `[PAD${id}]`);
  const types = tokens.map(() => 5);
  for (const [token, id] of Object.entries(model.vocab)) {
    tokens[id] = token;
    types[id] = 1;
  }
  for (const { id, content } of added_tokens) {
    tokens[id] = content;
    types[id] = id === 303 ? 4 : 3;
  }
  return new Map<string, unknown>(Object.entries({
    "tokenizer.ggml.model": "gpt2",
    "tokenizer.ggml.pre": "llama-bpe",
    "tokenizer.ggml.tokens": tokens,
    "tokenizer.ggml.token_type": types,
    "tokenizer.ggml.merges": model.merges,
    "tokenizer.ggml.bos_token_id": 300,
    "tokenizer.ggml.eos_token_id": 301,
    ...more,
  }));
}

function assertSameIds(found: Tokenizer, expected: Tokenizer): void {
  const random = new Random(7);
  for (let round = 0; round < 2000; round++) {
    const pieces = [...TEXT_PIECES, "<s>", "<|tool|>", "<|end_of_text|>"];
    const text = random.text(pieces, 12);
    assertEquals([text, ...found.encode(text)], [
      text,
      ...expected.encode(text),
    ]);
    const ids = found.encode(text);
    assertEquals(found.decode(ids), expected.decode(ids));
  }
}

Deno.test("createGgufTokenizer() encodes by SentencePiece's scores as tokenizer.json's merges do", () => {
  const expected = new Tokenizer({
    json: readStories("tokenizer.json"),
    config: readStories("tokenizer_config.json"),
    name: "tokenizer.json",
  });
  const found = createGgufTokenizer(stories(), "m.gguf");
  assertEquals(found.vocabSize, expected.vocabSize);
  assertEquals(found.specialTokenIds, expected.specialTokenIds);
  assertSameIds(found, expected);
});

Deno.test("createGgufTokenizer() encodes bytes as tokenizer.json does", () => {
  const found = createGgufTokenizer(byteLevel(), "m.gguf");
  assertEquals(found.specialTokenIds, new Set([300, 301]));
  assertSameIds(found, byteLevelTokenizer());
});

Deno.test("createGgufTokenizer() merges the highest score first, and of equal ones the leftmost", () => {
  const scored = [
    ...["<s>", "a", "b", "c", "▁"].map((token) => [token, -9] as const),
    ["ab", -1],
    ["bc", -1],
    ["ca", 0],
    ["abc", -2],
  ] as const;
  const tokenizer = createGgufTokenizer(
    sentencePiece(scored, { "tokenizer.ggml.add_space_prefix": false }),
    "m.gguf",
  );
  const texts = (text: string) =>
    tokenizer.encode(text).map((id) => tokenizer.tokenText(id));
  assertEquals(texts("abc"), ["<s>", "abc"]);
  assertEquals(texts("bca"), ["<s>", "b", "ca"]);
  assertEquals(texts("abab c"), ["<s>", "ab", "ab", "▁", "c"]);
  assertEquals(tokenizer.numLeadingSpaces, 0);
});

Deno.test("createGgufTokenizer() finds whole tokens, the longest first, and begins anew behind them", () => {
  const scored = [
    ["<s>", 0, 3],
    ["<x>", 0, 3],
    ["<x><y>", 0, 4],
    ["▁", -9],
    ["a", -9],
    ["▁a", -1],
  ] as const;
  const tokenizer = createGgufTokenizer(sentencePiece(scored), "m.gguf");
  assertEquals(tokenizer.encode("a<x>a<x><y>aa"), [0, 5, 1, 5, 2, 5, 4]);
  assertEquals(tokenizer.encode(""), [0]);
  assertEquals(tokenizer.encode("a", { addSpecialTokens: false }), [5]);
  // Neither tokens nor bytes are there for what is unknown.
  assertEquals(tokenizer.encode("é"), [0, 3]);
});

Deno.test("createGgufTokenizer() adds tokens round a text as the file says", () => {
  const ids = (more: Readonly<Record<string, unknown>>) =>
    createGgufTokenizer(byteLevel(more), "m.gguf").encode("a");
  assertEquals(ids({}), [300, 97]);
  assertEquals(ids({ "tokenizer.ggml.add_bos_token": false }), [97]);
  assertEquals(ids({ "tokenizer.ggml.add_eos_token": true }), [300, 97, 301]);
  assertEquals(ids({ "tokenizer.ggml.pre": "qwen2" }), [97]);
});

Deno.test("createGgufTokenizer() gives any text back byte for byte", () => {
  for (const metadata of [stories(), byteLevel()]) {
    const tokenizer = createGgufTokenizer(metadata, "m.gguf");
    for (const text of TEXTS) {
      const ids = tokenizer.encode(text, { addSpecialTokens: false });
      assertEquals(tokenizer.decode(ids), text);
      const stream = new StreamDecoder(tokenizer);
      const streamed = ids.map((id) => stream.push(id)).join("");
      assertEquals(streamed + stream.flush(), text);
    }
    assertEquals(
      tokenizer.decode(tokenizer.encode("a\ud800b")),
      "a\ufffdb",
    );
  }
});

Deno.test("createGgufTokenizer() encodes a long text without spaces in time that grows with its length", () => {
  const tokenizer = createGgufTokenizer(stories(), "m.gguf");
  const text = "abcdefgh".repeat(25_000);
  const ids = tokenizer.encode(text);
  assert(ids.length > 25_000);
  assertEquals(tokenizer.decode(ids), text);
});

const WRONG: readonly (readonly [Metadata, string])[] = [
  [new Map(), "tokenizer.ggml.model must be llama or gpt2: found nothing"],
  [
    byteLevel({ "tokenizer.ggml.pre": "klingon" }),
    "tokenizer.ggml.pre must be one of default, gpt-2, ",
  ],
  [
    byteLevel({ "tokenizer.ggml.tokens": [1] }),
    "must be a list of texts: found 1",
  ],
  [byteLevel({ "tokenizer.ggml.tokens": [] }), "must be a list of 1 to "],
  [byteLevel({ "tokenizer.ggml.merges": ["ab"] }), "of two tokens each"],
  [byteLevel({ "tokenizer.ggml.merges": ["a é"] }), "must join two tokens"],
  [
    byteLevel({ "tokenizer.ggml.bos_token_id": 999 }),
    "must be a token's id, below 304: found 999",
  ],
  [
    sentencePiece([["a", 0]], { "tokenizer.ggml.scores": [0, 1] }),
    "tokenizer.ggml.scores must be a list of 1: found a list of 2",
  ],
  [
    sentencePiece([["a", 0]], { "tokenizer.ggml.add_bos_token": 1 }),
    "tokenizer.ggml.add_bos_token must be true or false: found 1",
  ],
];

Deno.test("createGgufTokenizer() says what is wrong with a file", () => {
  for (const [metadata, message] of WRONG) {
    const error = assertThrows(
      () => createGgufTokenizer(metadata, "m.gguf"),
      Error,
      message,
    );
    assert(error.message.startsWith('Cannot load "m.gguf" as '), error.message);
  }
});

Deno.test("createGgufChatTemplate() reads the template and texts of special tokens", () => {
  const source = "{{ bos_token }}{{ messages[0].content }}{{ eos_token }}";
  const metadata = byteLevel({ "tokenizer.chat_template": source });
  const template = createGgufChatTemplate(metadata, "m.gguf");
  assertEquals(
    template?.render([{ role: "user", content: "Hi" }]),
    "<|begin_of_text|>Hi<|end_of_text|>",
  );
  assertEquals(createGgufChatTemplate(byteLevel(), "m.gguf"), null);
});

for (const name of CASES) {
  const file = `${SHARED}ggml-vocab-${name}.gguf`;
  // A fresh checkout has no such files.
  if (!await pathExists(file)) continue;
  Deno.test(`createGgufTokenizer() gives the ids of llama.cpp's test texts with the vocabulary of ${name}`, async () => {
    using source = await openByteSource(file);
    const { metadata } = await readGgufHeader(source);
    const tokenizer = createGgufTokenizer(metadata, file);
    const texts = (await Deno.readTextFile(`${file}.inp`)).split(SEPARATOR);
    const lines = (await Deno.readTextFile(`${file}.out`)).split("\n");
    assertEquals(texts.length, lines.length);
    for (const [index, text] of texts.entries()) {
      const expected = lines[index]?.match(/\d+/g)?.map(Number) ?? [];
      const ids = tokenizer.encode(text, { addSpecialTokens: false });
      assertEquals([text, ...ids], [text, ...expected]);
      assertEquals(tokenizer.decode(ids), text);
    }
    for (const text of TEXTS) {
      const ids = tokenizer.encode(text, { addSpecialTokens: false });
      assertEquals(tokenizer.decode(ids), text);
    }
  });
}
