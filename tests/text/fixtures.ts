import { Tokenizer } from "../../src/text/mod.ts";

/** Any JSON object. */
export type Json = Record<string, unknown>;

/** Directory of the tokenizer of stories260k: SentencePiece's form, 512 tokens. */
export const STORIES_URL = new URL(
  "../golden/stories260k_tokenizer/",
  import.meta.url,
);

/** Reads a file of that directory. */
export function readStories(name: string): Json {
  return JSON.parse(Deno.readTextFileSync(new URL(name, STORIES_URL)));
}

/** Texts that have gone wrong in tokenizers. */
export const TEXT_PIECES: readonly string[] = [
  ..."aeost,.!?1 23\n\t\r",
  "  ",
  "   ",
  "Once upon",
  " the ",
  "Lily",
  "é",
  "e\u0301",
  "日本",
  "😀",
  "👩‍👩‍👧",
  "\ufeff",
  "\ufffd",
  "\0",
  "▁",
  "<0x41>",
  "\u00a0",
  "hello world",
  "1234",
];

/** Llama 3's way to cut a text. */
export const LLAMA3_PATTERN =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

// The merges, whose ids are 256 and up; bytes above 0x7f by their stand-ins.
const MERGES = [
  "l l",
  "h e",
  "he ll",
  "hell o",
  "Ġ w",
  "1 2",
  "12 3",
  "123 4",
  "o Ġ",
  "ð Ł",
  "ĺ Ģ",
  "Ã ©",
];

/**
 * A tokenizer in Llama 3's form, small enough to work out ids by hand: a byte's id is the byte, merges follow from
 * 256 on, special tokens are 300 (begin) and 301 (end), `<|tool|>` at 303 is added and no special token, and 268 to
 * 299 and 302 are no tokens.
 */
export function byteLevelJson(): Json {
  const stands = byteStandIns().map((stand, byte): [string, number] => [
    stand,
    byte,
  ]);
  const merged = MERGES.map((merge, rank): [string, number] => [
    merge.replace(" ", ""),
    256 + rank,
  ]);
  return {
    added_tokens: [
      { id: 300, content: "<|begin_of_text|>", special: true },
      { id: 301, content: "<|end_of_text|>", special: true },
      { id: 303, content: "<|tool|>", special: false, normalized: false },
    ],
    normalizer: null,
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        {
          type: "Split",
          pattern: { Regex: LLAMA3_PATTERN },
          behavior: "Isolated",
          invert: false,
        },
        { type: "ByteLevel", add_prefix_space: false, use_regex: false },
      ],
    },
    post_processor: {
      type: "Sequence",
      processors: [
        { type: "ByteLevel", trim_offsets: false },
        {
          type: "TemplateProcessing",
          single: [
            { SpecialToken: { id: "<|begin_of_text|>", type_id: 0 } },
            { Sequence: { id: "A", type_id: 0 } },
          ],
        },
      ],
    },
    decoder: { type: "ByteLevel" },
    model: {
      type: "BPE",
      ignore_merges: true,
      vocab: Object.fromEntries([...stands, ...merged]),
      merges: MERGES,
    },
  };
}

/** The tokenizer of `byteLevelJson`. */
export function byteLevelTokenizer(): Tokenizer {
  return new Tokenizer({ json: byteLevelJson(), name: "tokenizer.json" });
}

/** Writes files to a new directory; the caller removes it. */
export async function writeFiles(
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const directory = await Deno.makeTempDir();
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${directory}/${name}`, text);
  }
  return directory;
}

// By the table in GPT-2's paper code: 33 to 126, 161 to 172 and 174 to 255 are themselves.
function byteStandIns(): string[] {
  const others = Array.from(
    { length: 68 },
    (_, n) => String.fromCharCode(256 + n),
  );
  return Array.from({ length: 256 }, (_, byte) => {
    const isItself = /[!-~¡-¬®-ÿ]/.test(String.fromCharCode(byte));
    return isItself ? String.fromCharCode(byte) : others.shift() ?? "";
  });
}
