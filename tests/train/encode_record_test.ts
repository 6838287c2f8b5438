import { assertEquals } from "@std/assert";
import { assertError } from "../checkpoint/assert_error.ts";
import { alignTokens } from "../../src/train/align_tokens.ts";
import { ChatTemplate, Tokenizer } from "../../src/text/mod.ts";
import { encodeRecord, type TextModel } from "../../src/train/encode_record.ts";
import { renderAnswers } from "../../src/train/render_answers.ts";
import { STORIES_URL } from "../text/fixtures.ts";

/** As ChatML, with the two special tokens that the tokenizer has. */
const TEMPLATE = new ChatTemplate(
  "{% for m in messages %}<s>{{ m.role }}\n{{ m.content }}</s>\n{% endfor %}" +
    "{% if add_generation_prompt %}<s>assistant\n{% endif %}",
  { name: "chat_template.jinja" },
);
const PLACE = "line 1 of data.jsonl";

async function openModel(
  options: Partial<TextModel> = {},
): Promise<TextModel> {
  return {
    tokenizer: await Tokenizer.load(STORIES_URL),
    chatTemplate: TEMPLATE,
    vocabSize: 512,
    eosTokenIds: [2],
    ...options,
  };
}

function message(role: string, content: string) {
  return { role, content };
}

Deno.test("renderAnswers() tells what the model is given from what it answers", () => {
  const parts = renderAnswers(TEMPLATE, [
    message("system", "Be kind."),
    message("user", "Hi"),
    message("assistant", "Hello"),
    message("user", "Bye"),
    message("assistant", "So long"),
    message("user", "unanswered"),
  ]);
  assertEquals(parts.map(({ text, isAnswer }) => [text, isAnswer]), [
    ["<s>system\nBe kind.</s>\n<s>user\nHi</s>\n<s>assistant\n", false],
    ["Hello</s>\n", true],
    ["<s>user\nBye</s>\n<s>assistant\n", false],
    ["So long</s>\n", true],
  ]);
});

Deno.test("renderAnswers() refuses a template that rewrites earlier messages", () => {
  const template = new ChatTemplate("{{ messages|length }}", { name: "t" });
  const messages = [message("user", "a"), message("assistant", "b")];
  assertError(() => renderAnswers(template, messages), [
    RangeError,
    "Cannot tell answers from the rest as the chat template must only add to what it wrote of the messages before: found it changed",
  ]);
});

Deno.test("encodeRecord() has the answers learnt, each with the token that ends it, and nothing else", async () => {
  const model = await openModel();
  const content = [
    message("user", "Hi there é"),
    message("assistant", "Hello you"),
    message("user", "Bye"),
    message("assistant", "So long 日"),
  ];
  const document = encodeRecord({ place: PLACE, content }, model);
  const { tokenIds = [], isLearnt = [] } = document ?? {};
  const text = TEMPLATE.render(content, { addGenerationPrompt: false });
  assertEquals(
    tokenIds,
    model.tokenizer.encode(text, { addSpecialTokens: false }),
  );
  const learnt = (wanted: boolean): string =>
    model.tokenizer.decode(
      tokenIds.filter((_, index) => isLearnt[index] === wanted),
      { skipSpecialTokens: false },
    );
  assertEquals(learnt(true), "Hello you</s>So long 日</s>");
  // The new line behind the end of a turn is the template's.
  const kept = learnt(false).replaceAll(" ", "");
  assertEquals(
    kept,
    "<s>user\nHithereé</s>\n<s>assistant\n\n<s>user\nBye</s>\n<s>assistant\n\n",
  );
});

Deno.test("encodeRecord() takes a text as generate does", async () => {
  const model = await openModel({ chatTemplate: null });
  const record = { place: PLACE, content: "Once upon a time" };
  assertEquals(encodeRecord(record, model), {
    tokenIds: [1, 403, 407, 261, 378],
  });
});

Deno.test("encodeRecord() says what cannot be trained on", async () => {
  const user = [message("user", "Hi")];
  const answered = [...user, message("assistant", "Hello")];
  const refusing = new ChatTemplate("{{ raise_exception('no system') }}", {
    name: "chat_template.jinja",
  });
  const cases: [
    Partial<TextModel>,
    string | typeof user,
    [ErrorConstructor, string],
  ][] = [
    [{}, user, [
      RangeError,
      `Cannot train on ${PLACE} as a message must be of role assistant: found none`,
    ]],
    [{ chatTemplate: null }, answered, [
      TypeError,
      `Cannot train on ${PLACE} as the model must have a chat template for messages: it has none`,
    ]],
    [{ vocabSize: 400 }, "Once upon a time", [
      RangeError,
      `Cannot train on ${PLACE} as its ids must be below the model's vocab_size, 400: found 403`,
    ]],
    [{ chatTemplate: refusing }, answered, [
      RangeError,
      `Cannot train on ${PLACE}: Cannot render messages as the chat template of "chat_template.jinja" must accept them: no system`,
    ]],
  ];
  for (const [options, content, error] of cases) {
    const model = await openModel(options);
    assertError(() => encodeRecord({ place: PLACE, content }, model), error);
  }
});

Deno.test("alignTokens() finds tokens by their bytes, but for spaces that were added", () => {
  const texts = [" a", "b", " é", "cd", "\xe6"];
  const tokenizer = {
    tokenBytes: (id: number) => new TextEncoder().encode(texts[id] ?? ""),
  };
  const cases: [string, number[], number[] | null][] = [
    ["ab éb", [0, 1, 2, 1], [0, 1, 2, 5]],
    [" ab", [0, 1], [0, 2]],
    ["aéb", [0, 2, 1], [0, 1, 3]],
    ["ab", [0], null],
    ["ab", [0, 1, 1], null],
    ["xb", [0, 1], null],
    ["", [], []],
  ];
  for (const [text, ids, expected] of cases) {
    assertEquals(alignTokens(tokenizer, text, ids), expected, text);
  }
});
