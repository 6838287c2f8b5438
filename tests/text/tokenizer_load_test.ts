import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Tokenizer } from "../../src/text/mod.ts";
import {
  byteLevelJson,
  type Json,
  readStories,
  STORIES_URL,
  writeFiles,
} from "./fixtures.ts";

type ErrorClass = new () => Error;

const stories = readStories("tokenizer.json");
const text = JSON.stringify(stories);

/** Asserts what loading a directory with these files says; it is `DIR` in the message. */
async function assertRefused(
  files: Readonly<Record<string, string>>,
  [errorClass, message]: readonly [ErrorClass, string],
): Promise<void> {
  const directory = await writeFiles(files);
  try {
    const error = await assertRejects(
      () => Tokenizer.load(directory),
      errorClass,
    );
    assertEquals(error.message.replaceAll(directory, "DIR"), message);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Asserts what a tokenizer of stories260k's parts with these in their place says. */
function assertPartsRefused(
  parts: Json,
  [errorClass, message]: readonly [ErrorClass, string],
): void {
  const json = { ...stories, ...parts };
  const error = assertThrows(
    () => new Tokenizer({ json, name: "t.json" }),
    errorClass,
  );
  assertEquals(error.message, `Cannot load "t.json" as ${message}`);
}

Deno.test("Tokenizer.load() takes a path or a URL, with or without a slash", async () => {
  const path = decodeURIComponent(STORIES_URL.pathname);
  const places = [
    ...[path, path.slice(0, -1), STORIES_URL],
    new URL(STORIES_URL.href.slice(0, -1)),
  ];
  for (const place of places) {
    assertEquals((await Tokenizer.load(place)).encode("Once"), [1, 403]);
  }
});

Deno.test("Tokenizer.load() needs no tokenizer_config.json", async () => {
  const directory = await writeFiles({ "tokenizer.json": text });
  const tokenizer = await Tokenizer.load(directory);
  await Deno.remove(directory, { recursive: true });
  assertEquals(tokenizer.encode("Once"), [1, 403]);
});

Deno.test("Tokenizer.load() fetches from a server", async () => {
  const { fetch } = globalThis;
  let status = 200;
  globalThis.fetch = (input) => {
    const found = String(input) === "https://host/m/tokenizer.json";
    return Promise.resolve(
      new Response(found ? text : "", { status: found ? status : 404 }),
    );
  };
  try {
    const place = new URL("https://host/m");
    assertEquals((await Tokenizer.load(place)).encode("Once"), [1, 403]);
    status = 500;
    const error = await assertRejects(() => Tokenizer.load(place), TypeError);
    assertEquals(
      error.message,
      'Cannot read "https://host/m/tokenizer.json" as its server must answer 200: answered 500',
    );
  } finally {
    globalThis.fetch = fetch;
  }
});

Deno.test("Tokenizer.load() says what is wrong with a file", async () => {
  await assertRefused({}, [
    ReferenceError,
    'Cannot load "DIR" as a tokenizer.json must be in it: found none',
  ]);
  await assertRefused({ "tokenizer.json": text.slice(0, -1) }, [
    SyntaxError,
    'Cannot read "DIR/tokenizer.json" as it must be JSON: ' +
    "Expected ',' or '}' after property value in JSON at position " +
    `${text.length - 1} (line 1 column ${text.length})`,
  ]);
  await assertRefused({ "tokenizer.json": "" }, [
    SyntaxError,
    'Cannot read "DIR/tokenizer.json" as it must be JSON: Unexpected end of JSON input',
  ]);
  await assertRefused({ "tokenizer.json": '"a"' }, [
    TypeError,
    'Cannot read "DIR/tokenizer.json" as it must hold a JSON object: found "a"',
  ]);
  await assertRefused({ "tokenizer.json": "{}" }, [
    TypeError,
    'Cannot load "DIR/tokenizer.json" as model must be an object: found nothing',
  ]);
  await assertRefused({
    "tokenizer.json": text,
    "tokenizer_config.json": '{"tokenizer_class":"LlamaTokenizer",' +
      '"add_bos_token":true}',
  }, [
    RangeError,
    'Cannot load "DIR/tokenizer_config.json" as bos_token must be text: found nothing',
  ]);
});

Deno.test("Tokenizer.load() says where bytes are not UTF-8 and a file is none", async () => {
  const directory = await Deno.makeTempDir();
  const file = `${directory}/tokenizer.json`;
  await Deno.writeFile(file, Uint8Array.of(0x7b, 0xff, 0x7d));
  const bytes = await assertRejects(
    () => Tokenizer.load(directory),
    SyntaxError,
  );
  await Deno.remove(file);
  await Deno.mkdir(file);
  const folder = await assertRejects(
    () => Tokenizer.load(directory),
    TypeError,
  );
  await Deno.remove(directory, { recursive: true });
  assertEquals(
    [bytes.message, folder.message].map((message) =>
      message.replace(file, "F")
    ),
    [
      'Cannot read "F" as its text must be UTF-8: found other bytes',
      'Cannot read "F" as it must be a file: found a directory',
    ],
  );
});

Deno.test("Tokenizer refuses a model that it cannot compute", () => {
  const { model } = byteLevelJson();
  const merge = (...merges: unknown[]) => ({
    model: { vocab: { a: 0, b: 1, ab: 2 }, merges },
  });
  const cases: ReadonlyArray<readonly [Json, ErrorClass, string]> = [
    [
      { model: { type: "Unigram", vocab: [] } },
      RangeError,
      'model.type must be "BPE": found "Unigram"',
    ],
    [
      { model: { vocab: {} } },
      RangeError,
      'model.type must be "BPE": found nothing',
    ],
    [
      { model: { type: "BPE", merges: [] } },
      TypeError,
      "model.vocab must be an object: found nothing",
    ],
    [
      { model: { type: "BPE", vocab: { a: -1 }, merges: [] } },
      RangeError,
      "model.vocab must hold ids below 16777216: found -1",
    ],
    [
      { model: { type: "BPE", vocab: { a: "0" }, merges: [] } },
      RangeError,
      'model.vocab must hold ids below 16777216: found "0"',
    ],
    [
      { model: { type: "BPE", vocab: {}, merges: [] } },
      RangeError,
      "model.vocab must hold ids below 16777216: found nothing",
    ],
    [
      { model: { type: "BPE", vocab: { a: 0 } } },
      TypeError,
      "model.merges must be a list: found nothing",
    ],
    [
      merge("a b", "b a"),
      RangeError,
      'model.merges[1] must join two tokens into a third: found "b a"',
    ],
    [
      merge(["a"]),
      RangeError,
      "model.merges[0] must join two tokens into a third: found a list of 1",
    ],
    [
      merge("a b c"),
      RangeError,
      'model.merges[0] must join two tokens into a third: found "a b c"',
    ],
    [
      merge(1),
      RangeError,
      "model.merges[0] must join two tokens into a third: found 1",
    ],
    [
      { model: { ...Object(model), end_of_word_suffix: "</w>" } },
      RangeError,
      'model.end_of_word_suffix must be empty: found "</w>"',
    ],
  ];
  for (const [parts, errorClass, message] of cases) {
    assertPartsRefused(parts, [errorClass, message]);
  }
});

Deno.test("Tokenizer refuses parts that it cannot compute", () => {
  const split = (behavior: string) => ({
    pre_tokenizer: { type: "Split", pattern: { Regex: "a" }, behavior },
  });
  const sentencePiece =
    "decoder must be ByteLevel, Metaspace or Replace, ByteFallback, Fuse and Strip in order";
  const strip = { type: "Strip", content: " ", start: 1, stop: 0 };
  const cases: ReadonlyArray<readonly [Json, ErrorClass, string]> = [
    [
      { added_tokens: {} },
      TypeError,
      "added_tokens must be a list: found an object",
    ],
    [
      { added_tokens: [{ id: 1.5, content: "a" }] },
      RangeError,
      "added_tokens[0] must have an id and a content: found an object",
    ],
    [
      { added_tokens: [null] },
      RangeError,
      "added_tokens[0] must have an id and a content: found null",
    ],
    [
      split("MergedWithNext"),
      RangeError,
      'pre_tokenizer Split must have the behavior "Isolated", or "Removed" and be inverted: found "MergedWithNext"',
    ],
    [
      split("Removed"),
      RangeError,
      'pre_tokenizer Split must have the behavior "Isolated", or "Removed" and be inverted: found "Removed"',
    ],
    [
      { pre_tokenizer: { type: "Whitespace" } },
      RangeError,
      'pre_tokenizer must be made of Sequence, Split, ByteLevel, Metaspace, Digits and Punctuation: found "Whitespace"',
    ],
    [
      { pre_tokenizer: "Split" },
      TypeError,
      'pre_tokenizer must be an object: found "Split"',
    ],
    [
      { pre_tokenizer: { type: "Sequence" } },
      TypeError,
      "pre_tokenizer.pretokenizers must be a list: found nothing",
    ],
    [
      { pre_tokenizer: { type: "Metaspace", replacement: "_" } },
      RangeError,
      'pre_tokenizer Metaspace must have the replacement "▁": found "_"',
    ],
    [
      { pre_tokenizer: { type: "Punctuation", behavior: "Removed" } },
      RangeError,
      'pre_tokenizer Punctuation must have the behavior "Isolated" or "Contiguous": found "Removed"',
    ],
    [{ decoder: null }, RangeError, `${sentencePiece}: found null`],
    [
      { decoder: { type: "WordPiece" } },
      RangeError,
      `${sentencePiece}: found "WordPiece"`,
    ],
    [
      { decoder: { type: "Sequence", decoders: [strip, { type: "Fuse" }] } },
      RangeError,
      `${sentencePiece}: found "Strip"`,
    ],
    [
      { post_processor: { type: "None" } },
      RangeError,
      'its parts must be ones that @huggingface/tokenizers knows: found "Unknown PostProcessor type: None"',
    ],
    [
      { normalizer: { type: "Nmt" } },
      RangeError,
      'its parts must be ones that @huggingface/tokenizers knows: found "Unknown Normalizer type: Nmt"',
    ],
    [
      {
        post_processor: {
          type: "TemplateProcessing",
          single: [{ SpecialToken: { id: "<x>" } }],
        },
      },
      RangeError,
      'post_processor must add tokens of the vocabulary: found "<x>"',
    ],
  ];
  for (const [parts, errorClass, message] of cases) {
    assertPartsRefused(parts, [errorClass, message]);
  }
});
