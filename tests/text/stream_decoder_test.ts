import { assert, assertEquals } from "@std/assert";
import { Tokenizer as Library } from "@huggingface/tokenizers";
import { StreamDecoder, Tokenizer } from "../../src/text/mod.ts";
import {
  byteLevelJson,
  byteLevelTokenizer,
  readStories,
  STORIES_URL,
  TEXT_PIECES,
} from "./fixtures.ts";
import { Random } from "./random.ts";

const stories = await Tokenizer.load(STORIES_URL);
const byteLevel = byteLevelTokenizer();
// Ids of the first: "▁", "▁a", "▁Once", "▁upon"; a byte's id is the byte + 3.
const [SPACE, A, ONCE, UPON] = [410, 261, 403, 407];

/** Every piece, and at last what flush() gives. */
function stream(
  tokenizer: Tokenizer,
  ids: readonly number[],
  promptIds: readonly number[] = [],
): string[] {
  const decoder = new StreamDecoder(tokenizer, { promptIds });
  return [...ids.map((id) => decoder.push(id)), decoder.flush()];
}

function randomIds(random: Random, tokenizer: Tokenizer): number[] {
  const length = random.below(40);
  // Bytes and special tokens are the low ids of the one and bytes those of the other: draw them often.
  return Array.from(
    { length },
    () =>
      random.below(2) === 0
        ? random.below(tokenizer.vocabSize + 3)
        : random.below(260),
  );
}

Deno.test("StreamDecoder.push() holds an incomplete character back", () => {
  // 😀 is f0 9f 98 80.
  const bytes = [0xf0, 0x9f, 0x98, 0x80];
  assertEquals(stream(byteLevel, bytes), ["", "", "", "😀", ""]);
  assertEquals(
    stream(stories, [A, ...bytes.map((byte) => byte + 3), A]),
    ["a", "", "", "", "😀", " a", ""],
  );
  // Two bytes a token.
  assertEquals(stream(byteLevel, [265, 266]), ["", "😀", ""]);
  // A token that ends one character and begins the next: 日 is e6 97 a5.
  assertEquals(stream(byteLevel, [0xe6, 0x97, 0xa5, 0xe6]), [
    ...["", "", "日", ""],
    "\ufffd",
  ]);
});

Deno.test("StreamDecoder.push() shows U+FFFD where no character can follow", () => {
  assertEquals(stream(byteLevel, [0xe6, 0x97, 0x61]), ["", "", "\ufffda", ""]);
  assertEquals(stream(byteLevel, [0x80, 0xff, 0xc3]), [
    ...["\ufffd", "\ufffd", ""],
    "\ufffd",
  ]);
  assertEquals(stream(stories, [0xc3 + 3, ONCE]), ["", "\ufffd Once", ""]);
});

Deno.test("StreamDecoder.push() gives a special token no text, even inside a character", () => {
  assertEquals(stream(byteLevel, [259, 301, 33]), ["hello", "", "!", ""]);
  assertEquals(stream(byteLevel, [0xc3, 301, 0xa9]), ["", "", "é", ""]);
  assertEquals(stream(byteLevel, [303, 280, -1]), ["<|tool|>", "", "", ""]);
});

Deno.test("StreamDecoder.push() keeps a byte order mark", () => {
  assertEquals(stream(byteLevel, [0xef, 0xbb, 0xbf, 0x78]).join(""), "\ufeffx");
  assertEquals(stream(byteLevel, [0x78, 0xef, 0xbb, 0xbf]).join(""), "x\ufeff");
});

Deno.test("StreamDecoder.push() takes one space from the start of a text", () => {
  assertEquals(stream(stories, [A, A]), ["a", " a", ""]);
  assertEquals(stream(stories, [SPACE, A]), ["", " a", ""]);
  assertEquals(stream(stories, [2, A, A], [1]), ["", "a", " a", ""]);
  // The byte 20 is a space too.
  assertEquals(stream(stories, [0x20 + 3, A]), ["", " a", ""]);
});

Deno.test("StreamDecoder.push() keeps the space where the text goes on", () => {
  assertEquals(stream(stories, [A], [1, ONCE, UPON]), [" a", ""]);
  assertEquals(stream(stories, [A], [SPACE]), [" a", ""]);
  assertEquals(stream(stories, [A], [1]), ["a", ""]);
  assertEquals(stream(stories, [A], [1, ONCE, 2]), ["a", ""]);
});

Deno.test("StreamDecoder.push() completes a character that the prompt began", () => {
  assertEquals(stream(byteLevel, [0x98, 0x80], [259, 0xf0, 0x9f]), [
    "",
    "😀",
    "",
  ]);
  assertEquals(stream(byteLevel, [266], [265]), ["😀", ""]);
  assertEquals(stream(byteLevel, [0xa9], [0xc3, 301, 280]), ["é", ""]);
  // Behind a special token the text is a new one.
  assertEquals(stream(byteLevel, [0xa9], [0xc3, 301]), ["\ufffd", ""]);
});

for (
  const [name, tokenizer, json] of [
    ["SentencePiece", stories, readStories("tokenizer.json")],
    ["byte-level", byteLevel, byteLevelJson()],
  ] as const
) {
  Deno.test(`StreamDecoder makes up decode() of any ids: ${name}`, () => {
    const library = new Library(json, {});
    const random = new Random(3);
    for (let round = 0; round < 2000; round++) {
      const ids = randomIds(random, tokenizer);
      const text = stream(tokenizer, ids).join("");
      assertEquals(text, tokenizer.decode(ids));
      // The library knows no ids without a token, and loses byte order marks.
      const known = ids.filter((id) => tokenizer.tokenText(id) !== undefined);
      if (known.length === 0 || text.includes("\ufeff")) continue;
      const options = {
        skip_special_tokens: true,
        clean_up_tokenization_spaces: false,
      };
      assertEquals(text, library.decode(known, options));
    }
  });

  Deno.test(`StreamDecoder makes up what ids add to a prompt: ${name}`, () => {
    const random = new Random(4);
    for (let round = 0; round < 1000; round++) {
      const ids = tokenizer.encode(random.text(TEXT_PIECES, 8));
      const numPrompt = random.below(ids.length + 1);
      const prompt = ids.slice(0, numPrompt);
      const text = stream(tokenizer, ids.slice(numPrompt), prompt).join("");
      const shown = tokenizer.decode(prompt).replace(/\ufffd$/, "");
      const whole = tokenizer.decode(ids);
      if (text.includes("\ufffd") || whole.includes("\ufffd")) continue;
      assertEquals(shown + text, whole);
      // The last few ids of a prompt say as much as all.
      const last = prompt.slice(-8);
      assertEquals(
        stream(tokenizer, ids.slice(numPrompt), last).join(""),
        text,
      );
    }
  });

  Deno.test(`StreamDecoder.push() shows whole characters only: ${name}`, () => {
    const random = new Random(5);
    const pieces = TEXT_PIECES.filter((piece) => piece !== "\ufffd");
    for (let round = 0; round < 500; round++) {
      const ids = tokenizer.encode(random.text(pieces, 12));
      for (const piece of stream(tokenizer, ids)) {
        assert(piece.isWellFormed() && !piece.includes("\ufffd"));
      }
    }
  });
}

class CountingTokenizer extends Tokenizer {
  numCalls = 0;

  override tokenBytes(id: number): Uint8Array<ArrayBuffer> {
    this.numCalls++;
    return super.tokenBytes(id);
  }
}

Deno.test("StreamDecoder looks at each id once, and at a prompt's last few", () => {
  const tokenizer = new CountingTokenizer({
    json: byteLevelJson(),
    name: "tokenizer.json",
  });
  const promptIds = Array.from({ length: 10_000 }, () => 0x61);
  const decoder = new StreamDecoder(tokenizer, { promptIds });
  assert(tokenizer.numCalls <= 4);
  const numBefore = tokenizer.numCalls;
  // Bytes that never make a character, so that nothing is ever complete.
  for (let n = 0; n < 10_000; n++) decoder.push(0x80);
  assertEquals(tokenizer.numCalls - numBefore, 10_000);
});
