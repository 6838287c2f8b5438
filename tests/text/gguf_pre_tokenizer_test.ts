import { assertEquals } from "@std/assert";
import { GGUF_PRE_TOKENIZERS } from "../../src/text/gguf_pre_tokenizer.ts";

const TEXT = "I'LL say 12345 HelloWorld!?\n\n  日本 ab\u00e9 ";

/**
 * The text's pieces, a line's end as `↵`, by names.
 *
 * With the vocabulary of GPT-2, all names but `llama3` and `llama-v3`, which stand for `llama-bpe`, gave the ids of
 * llama.cpp (node-llama-cpp 3.22.1) for the 47 texts of its own tests and 8 others. One text differed for `gpt-4o`,
 * `llama4` and `tekken`, as llama.cpp takes letters beyond ASCII for both large and small.
 */
const PIECES: readonly (readonly [pieces: string, names: string])[] = [
  [
    "I|'|LL| say| |123|45| HelloWorld|!?|↵↵ | 日本| abé| ",
    "default falcon",
  ],
  [
    "I|'|LL| say| 12345| HelloWorld|!?|↵↵ | 日本| abé| ",
    "gpt-2 jais mpt olmo phi-2 roberta-bpe",
  ],
  [
    "I|'|LL| say| |1|2|3|4|5| HelloWorld|!?|↵↵ | 日本| abé| ",
    "codeshell command-r exaone minerva-7b refact smollm starcoder",
  ],
  [
    "I|'LL| say| |123|45| HelloWorld|!?↵↵| | 日本| abé| ",
    "chatglm-bpe dbrx falcon3 llama-bpe llama-v3 llama3 pixtral smaug-bpe",
  ],
  [
    "I|'LL| say| |1|2|3|4|5| HelloWorld|!?↵↵| | 日本| abé| ",
    "deepseek-r1-qwen qwen2 stablelm2",
  ],
  [
    "I'LL| say| |123|45| Hello|World|!?↵↵| | 日本| abé| ",
    "gpt-4o llama4",
  ],
  ["I|'LL| say| |1|2|3|4|5| Hello|World|!?↵↵| | 日本| abé| ", "tekken"],
  [
    "I|'|LL| say| |12345| HelloWorld|!?|↵|↵|  |日本| ab|é| ",
    "deepseek-llm",
  ],
  [
    "I|'|LL| say| |1|2|3|4|5| HelloWorld|!?|↵|↵| | |日本| abé| ",
    "deepseek-coder",
  ],
  [
    "I|'LL| say| |123|45| HelloWorld|!?↵↵|  |日本| abé| ",
    "deepseek-v3",
  ],
];

/** Cuts the text round the matches of each expression in turn. */
function cut(patterns: readonly string[]): string {
  const pieces = patterns.reduce<readonly string[]>(
    (pieces, pattern) =>
      pieces.flatMap((piece) => piece.split(new RegExp(`(${pattern})`, "gu"))),
    [TEXT],
  );
  return pieces.filter((piece) => piece !== "").join("|")
    .replaceAll("\n", "↵");
}

Deno.test("GGUF_PRE_TOKENIZERS cuts a text as each model's own expressions do", () => {
  const found = Map.groupBy(
    Object.entries(GGUF_PRE_TOKENIZERS),
    ([, { patterns }]) => cut(patterns),
  );
  const names = [...found].map(([pieces, entries]) => [
    pieces,
    entries.map(([name]) => name).sort().join(" "),
  ]);
  assertEquals<unknown>(names, PIECES);
});
