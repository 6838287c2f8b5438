import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  type ChatMessage,
  ChatTemplate,
  loadChatTemplate,
  Tokenizer,
} from "../../src/text/mod.ts";
import {
  CHATML_TEMPLATE,
  LLAMA2_TEMPLATE,
  LLAMA31_TEMPLATE,
  LLAMA3_TEMPLATE,
  ZEPHYR_TEMPLATE,
} from "./chat_templates.ts";
import { STORIES_URL, writeFiles } from "./fixtures.ts";

const MESSAGES: readonly ChatMessage[] = [
  { role: "system", content: "Be brief." },
  { role: "user", content: " Hi! " },
  { role: "assistant", content: "Hello." },
  { role: "user", content: "1 < 2 & {{ 3 }}?" },
];

function template(source: string): ChatTemplate {
  return new ChatTemplate(source, {
    name: "chat_template.jinja",
    bosToken: "<s>",
    eosToken: "</s>",
  });
}

/** Loads from a directory with these files; it is `DIR` in an error's message. */
async function load(
  files: Readonly<Record<string, string>>,
): Promise<ChatTemplate | null> {
  const directory = await writeFiles(files);
  try {
    return await loadChatTemplate(directory);
  } catch (error) {
    if (error instanceof Error) {
      error.message = error.message.replaceAll(directory, "DIR");
    }
    throw error;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("ChatTemplate.render() writes Llama 2's form", () => {
  assertEquals(
    template(LLAMA2_TEMPLATE).render(MESSAGES),
    "<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\n Hi! [/INST] Hello. </s>" +
      "<s>[INST] 1 < 2 & {{ 3 }}? [/INST]",
  );
  assertEquals(
    template(LLAMA2_TEMPLATE).render(MESSAGES.slice(1, 2)),
    "<s>[INST] Hi! [/INST]",
  );
});

Deno.test("ChatTemplate.render() writes Llama 3's form", () => {
  const turns =
    "<s><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|>" +
    "<|start_header_id|>user<|end_header_id|>\n\nHi!<|eot_id|>" +
    "<|start_header_id|>assistant<|end_header_id|>\n\nHello.<|eot_id|>" +
    "<|start_header_id|>user<|end_header_id|>\n\n1 < 2 & {{ 3 }}?<|eot_id|>";
  const prompt = "<|start_header_id|>assistant<|end_header_id|>\n\n";
  const llama3 = template(LLAMA3_TEMPLATE);
  assertEquals(llama3.render(MESSAGES), turns + prompt);
  assertEquals(llama3.render(MESSAGES, { addGenerationPrompt: false }), turns);
});

Deno.test("ChatTemplate.render() writes Llama 3.1's form, with a date and no tools", () => {
  assertEquals(
    template(LLAMA31_TEMPLATE).render(MESSAGES.slice(0, 2)),
    "<s><|start_header_id|>system<|end_header_id|>\n\n" +
      `Today's year: ${new Date().getFullYear()}\n\nBe brief.<|eot_id|>` +
      "<|start_header_id|>user<|end_header_id|>\n\nHi!<|eot_id|>" +
      "<|start_header_id|>assistant<|end_header_id|>\n\n",
  );
});

Deno.test("ChatTemplate.render() writes ChatML", () => {
  assertEquals(
    template(CHATML_TEMPLATE).render(MESSAGES.slice(0, 2)),
    "<|im_start|>system\nBe brief.<|im_end|>\n" +
      "<|im_start|>user\n Hi! <|im_end|>\n<|im_start|>assistant\n",
  );
});

Deno.test("ChatTemplate.render() writes Zephyr's form", () => {
  assertEquals(
    template(ZEPHYR_TEMPLATE).render(MESSAGES.slice(0, 2)),
    "<|system|>\nBe brief.</s>\n<|user|>\n Hi! </s>\n<|assistant|>\n",
  );
});

Deno.test("ChatTemplate.render() gives text that begins with one begin token", async () => {
  const tokenizer = await Tokenizer.load(STORIES_URL);
  const text = template(LLAMA2_TEMPLATE).render(MESSAGES.slice(1));
  const ids = tokenizer.encode(text, { addSpecialTokens: false });
  assertEquals(ids[0], 1);
  // Two turns of the user, and one of the assistant.
  assertEquals(ids.filter((id) => id === 1).length, 2);
  assertEquals(ids.filter((id) => id === 2).length, 1);
});

Deno.test("ChatTemplate.render() leaves out tokens that the model has not", () => {
  const plain = new ChatTemplate("{{ bos_token + '!' + eos_token }}", {
    name: "chat_template.jinja",
  });
  assertEquals(plain.render([]), "!");
});

Deno.test("ChatTemplate.render() says what a template refuses", () => {
  const error = assertThrows(
    () => template(LLAMA2_TEMPLATE).render(MESSAGES.slice(2)),
    RangeError,
  );
  assertEquals(
    error.message,
    'Cannot render messages as the chat template of "chat_template.jinja" must accept them: ' +
      "Conversation roles must alternate user/assistant/user/assistant/...",
  );
  const multiline = template("{{ raise_exception('a\\nb') }}");
  assertEquals(
    assertThrows(() => multiline.render([]), RangeError).message,
    'Cannot render messages as the chat template of "chat_template.jinja" must accept them: a b',
  );
});

Deno.test("ChatTemplate.render() checks messages", () => {
  const cases: ReadonlyArray<readonly [string, string]> = [
    ["{}", "messages as they must be a list: got object"],
    ["null", "messages as they must be a list: got null"],
    ["[1]", "messages[0] as it must be an object: got number"],
    ["[null]", "messages[0] as it must be an object: got null"],
    [
      '[{"content":"a"}]',
      "messages[0].role as it must be a string: got undefined",
    ],
    [
      '[{"role":"user","content":"a"},{"role":"user","content":["a"]}]',
      "messages[1].content as it must be a string: got a list",
    ],
  ];
  for (const [json, message] of cases) {
    const run = () => template(CHATML_TEMPLATE).render(JSON.parse(json));
    assertEquals(
      assertThrows(run, TypeError).message,
      `Cannot read ${message}`,
    );
  }
});

Deno.test("ChatTemplate says where a template is no Jinja", () => {
  for (const source of ["{% if %}", "{{ 'a }}", "{% for a in b %}", "{{ a"]) {
    const error = assertThrows(() => template(source), SyntaxError);
    assertEquals(
      error.message.replace(/: .*/, ""),
      'Cannot parse the chat template of "chat_template.jinja" as it must be Jinja',
    );
  }
});

Deno.test("loadChatTemplate() finds none where there is none", async () => {
  assertEquals(await loadChatTemplate(STORIES_URL), null);
  assertEquals(await load({}), null);
  assertEquals(
    await load({ "tokenizer_config.json": '{"chat_template":null}' }),
    null,
  );
});

Deno.test("loadChatTemplate() reads the configuration's template and tokens", async () => {
  const config = {
    bos_token: "<s>",
    eos_token: { content: "</s>", special: true },
    chat_template: "{{ bos_token }}{{ messages[0].content }}{{ eos_token }}",
  };
  const found = await load({ "tokenizer_config.json": JSON.stringify(config) });
  assertEquals(found?.render(MESSAGES), "<s>Be brief.</s>");
});

Deno.test("loadChatTemplate() takes the template named default of several", async () => {
  const config = {
    chat_template: [
      { name: "tool_use", template: "tools" },
      { name: "default", template: "plain" },
    ],
  };
  const found = await load({ "tokenizer_config.json": JSON.stringify(config) });
  assertEquals(found?.render([]), "plain");
});

Deno.test("loadChatTemplate() prefers chat_template.jinja", async () => {
  const found = await load({
    "tokenizer_config.json": '{"chat_template":"config","bos_token":"<s>"}',
    "chat_template.jinja": "{{ bos_token }}file",
  });
  assertEquals(found?.render([]), "<s>file");
  assertEquals(found?.name.endsWith("/chat_template.jinja"), true);
});

Deno.test("loadChatTemplate() names the file and what is wrong in it", async () => {
  const file = '"DIR/tokenizer_config.json"';
  const cases: ReadonlyArray<
    readonly [string, new () => Error, string]
  > = [
    [
      '{"chat_template":1}',
      TypeError,
      `Cannot load ${file} as chat_template must be text or a list of templates: found 1`,
    ],
    [
      '{"chat_template":[{"name":"rag","template":""}]}',
      RangeError,
      `Cannot load ${file} as chat_template must have a template named "default": found a list of 1`,
    ],
    [
      '{"chat_template":"{{"}',
      SyntaxError,
      `Cannot parse the chat template of ${file} as it must be Jinja`,
    ],
    [
      "[]",
      TypeError,
      `Cannot read ${file} as it must hold a JSON object: found a list of 0`,
    ],
  ];
  for (const [text, errorClass, message] of cases) {
    const error = await assertRejects(
      () => load({ "tokenizer_config.json": text }),
      errorClass,
    );
    assertEquals(error.message.slice(0, message.length), message);
  }
});
