import { assert, assertEquals } from "@std/assert";
import { ChatTemplate } from "../../mod.ts";
import { createHandler } from "../../src/server/create_handler.ts";
import { errorOf, eventsOf, post } from "./_ask.ts";
import { FakeModel } from "./_fake_model.ts";

const PATH = "/v1/chat/completions";
/** Behind the text of the prompt, the first token keeps its space. */
const ANSWER = " Once upon a time, there was a cat.";
const NUM_TOKENS = 11;
const MESSAGES = [{ role: "user", content: "Hi" }];

interface Choice {
  readonly index: number;
  readonly delta: { readonly role?: string; readonly content?: string };
  readonly finish_reason: string | null;
}

interface Piece {
  readonly id: string;
  readonly choices: readonly Choice[];
  readonly usage?: { readonly completion_tokens: number } | null;
  readonly jakiro?: {
    readonly tokens: readonly { text: string; drafted: boolean }[];
    readonly tokens_per_round: number;
    readonly tokens_per_second: number;
  };
}

/** Asks a fresh model. */
async function ask(fields: object): Promise<[Response, FakeModel]> {
  const model = new FakeModel();
  const handler = createHandler([model]);
  const body = { model: "fake", messages: MESSAGES, ...fields };
  return [await post(handler, PATH, body), model];
}

Deno.test("chat answers as the OpenAI API does", async () => {
  const [response, model] = await ask({});
  assertEquals(response.status, 200);
  const { id, created, system_fingerprint, ...answer } = await response.json();
  assert(/^chatcmpl-[0-9a-f]{32}$/.test(id));
  assert(Math.abs(created - Date.now() / 1000) < 60);
  assert(/^fp_[0-9a-f]{12}$/.test(system_fingerprint));
  const promptTokens = model.asked[0]?.prompt.length ?? 0;
  assertEquals(answer, {
    object: "chat.completion",
    model: "fake",
    choices: [{
      index: 0,
      message: {
        role: "assistant",
        content: ANSWER,
        refusal: null,
      },
      logprobs: null,
      finish_reason: "stop",
    }],
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: NUM_TOKENS,
      total_tokens: promptTokens + NUM_TOKENS,
      prompt_tokens_details: { cached_tokens: 1 },
      completion_tokens_details: {
        accepted_prediction_tokens: 3,
        rejected_prediction_tokens: 5,
      },
    },
  });
});

Deno.test("chat gives the model what the template makes of the messages", async () => {
  const [, model] = await ask({
    messages: [
      { role: "developer", content: "Be short." },
      { role: "user", content: [{ type: "text", text: "Hi" }] },
    ],
  });
  const text = "system: Be short.\nuser: Hi\nassistant:";
  assertEquals(
    model.asked[0]?.prompt,
    model.tokenizer.encode(text, { addSpecialTokens: false }),
  );
});

Deno.test("chat passes every option on", async () => {
  const [, model] = await ask({
    temperature: 0.5,
    top_p: 0,
    top_k: 3,
    min_p: 0.1,
    seed: 7,
    stop: "cat",
    max_completion_tokens: 9,
    presence_penalty: 1,
    frequency_penalty: -1,
    repetition_penalty: 1.1,
    logit_bias: { "5": -100 },
    logprobs: true,
    top_logprobs: 2,
    user: "u",
    store: false,
    response_format: {
      type: "json_schema",
      json_schema: { name: "x", schema: { type: "object" } },
    },
  });
  const { signal, ...options } = model.asked[0]?.options ?? {};
  assert(signal instanceof AbortSignal);
  assertEquals(options, {
    temperature: 0.5,
    topP: 1e-6,
    topK: 3,
    minP: 0.1,
    seed: 7,
    stop: ["cat"],
    maxTokens: 9,
    presencePenalty: 1,
    frequencyPenalty: -1,
    repetitionPenalty: 1.1,
    logitBias: new Map([[5, -100]]),
    logProbs: true,
    topLogProbs: 2,
    ignoreEos: false,
    grammar: { kind: "jsonSchema", schema: { type: "object" } },
  });
});

Deno.test("chat gives each of n answers a seed of its own", async () => {
  const [response, model] = await ask({ n: 3, seed: -1, max_tokens: 2 });
  const { choices, usage } = await response.json();
  assertEquals(choices.map(({ index }: Choice) => index), [0, 1, 2]);
  assertEquals(
    choices.map(({ finish_reason }: Choice) => finish_reason),
    ["length", "length", "length"],
  );
  assertEquals(
    model.asked.map(({ options }) => options.seed),
    [2 ** 32 - 1, 0, 1],
  );
  assertEquals(usage.completion_tokens, 6);
  assertEquals(usage.prompt_tokens, model.asked[0]?.prompt.length);
});

Deno.test("chat says how likely tokens were", async () => {
  const [response] = await ask({
    logprobs: true,
    top_logprobs: 1,
    max_tokens: 2,
  });
  const { choices: [{ logprobs }] } = await response.json();
  assertEquals(logprobs.refusal, null);
  assertEquals(
    logprobs.content.map(({ token, logprob }: Record<string, unknown>) => [
      token,
      logprob,
    ]),
    [[" Once", 0], [" upon", -0.5]],
  );
  const [{ bytes, top_logprobs: [top] }] = logprobs.content;
  assertEquals(new TextDecoder().decode(Uint8Array.from(bytes)), " Once");
  assertEquals(top.logprob, -1);
});

Deno.test("chat streams role, pieces, reason, usage and an end", async () => {
  const [response] = await ask({
    stream: true,
    stream_options: { include_usage: true },
  });
  assertEquals(
    response.headers.get("content-type"),
    "text/event-stream; charset=utf-8",
  );
  const events = await eventsOf(response);
  assertEquals(events.pop(), "[DONE]");
  const pieces = events as Piece[];
  const last = pieces.pop();
  assertEquals(last?.choices, []);
  assertEquals(last?.usage?.completion_tokens, NUM_TOKENS);
  assert(pieces.every(({ usage }) => usage === null));
  assertEquals(new Set(pieces.map(({ id }) => id)).size, 1);
  const choices = pieces.flatMap(({ choices }) => choices);
  assertEquals(choices[0]?.delta.role, "assistant");
  assertEquals(
    choices.map(({ delta }) => delta.content ?? "").join(""),
    ANSWER,
  );
  assertEquals(choices.at(-1)?.finish_reason, "stop");
  assert(choices.slice(0, -1).every((choice) => choice.finish_reason === null));
});

Deno.test("chat streams which tokens were drafted, when asked for", async () => {
  const [response] = await ask({
    stream: true,
    stream_options: { include_drafts: true },
  });
  const events = (await eventsOf(response)).slice(0, -1) as Piece[];
  const noted = events.filter(({ jakiro }) => jakiro !== undefined);
  for (const { choices, jakiro } of noted) {
    assertEquals(
      jakiro?.tokens.map(({ text }) => text).join(""),
      choices[0]?.delta.content,
    );
  }
  assertEquals(
    noted.flatMap(({ jakiro }) => jakiro?.tokens.map((t) => t.drafted) ?? []),
    Array.from({ length: NUM_TOKENS }, (_, index) => index % 2 === 1),
  );
  assertEquals(noted.at(-1)?.jakiro?.tokens_per_round, 2);
  assertEquals(noted.at(-1)?.jakiro?.tokens_per_second, 100);
});

Deno.test("chat sends an error behind the first piece as an event", async () => {
  const model = new FakeModel();
  const errors: unknown[] = [];
  model.onToken = (index) => {
    if (index === 1) throw new Error("secret");
  };
  const handler = createHandler([model], {
    onError: (error) => errors.push(error),
  });
  const response = await post(handler, PATH, {
    model: "fake",
    messages: MESSAGES,
    stream: true,
  });
  assertEquals(response.status, 200);
  const events = await eventsOf(response);
  assertEquals(events.at(-1), {
    error: {
      message: "The server had an error while processing the request.",
      type: "server_error",
      param: null,
      code: "internal_error",
    },
  });
  assertEquals(errors.length, 1);
});

const TOOLS = [{ type: "function", function: { name: "look_up" } }];
const TOOL_TEMPLATE =
  "{% if tools %}<tool_call>{% endif %}{% for m in messages %}{{ m.content }}{% endfor %}";

/** Asks a model that knows tools. */
async function askWithTools(
  answer: string,
  fields: object,
): Promise<[Response, FakeModel]> {
  const model = new FakeModel();
  model.answer = answer;
  model.chatTemplate = new ChatTemplate(TOOL_TEMPLATE, { name: "tools" });
  const body = { model: "fake", messages: MESSAGES, tools: TOOLS, ...fields };
  return [await post(createHandler([model]), PATH, body), model];
}

Deno.test("chat tells calls of tools from text, whole and streamed", async () => {
  const args = '{"key": "a"}';
  const answer =
    `I look.<tool_call>{"name": "look_up", "arguments": ${args}}</tool_call>`;
  const [whole] = await askWithTools(answer, {});
  const { choices: [{ message, finish_reason }] } = await whole.json();
  assertEquals(finish_reason, "tool_calls");
  assertEquals(message.content.trim(), "I look.");
  const [{ id, ...call }] = message.tool_calls;
  assert(/^call_[0-9a-f]{24}$/.test(id));
  assertEquals(call, {
    type: "function",
    function: { name: "look_up", arguments: args },
  });
  const [streamed] = await askWithTools(answer, { stream: true });
  const events = (await eventsOf(streamed)).slice(0, -1) as {
    choices: {
      delta: { tool_calls?: { function: { arguments: string } }[] };
      finish_reason: string | null;
    }[];
  }[];
  const choices = events.flatMap(({ choices }) => choices);
  assertEquals(choices.at(-1)?.finish_reason, "tool_calls");
  assertEquals(
    choices.flatMap(({ delta }) => delta.tool_calls ?? [])
      .map((added) => added.function.arguments).join(""),
    args,
  );
});

Deno.test("chat offers tools to the template, unless none may be called", async () => {
  const [, offered] = await askWithTools("Hi", {});
  const [, silent] = await askWithTools("Hi", { tool_choice: "none" });
  const textOf = ({ asked, tokenizer }: FakeModel): string =>
    tokenizer.decode(asked[0]?.prompt ?? []);
  assertEquals(textOf(offered), "<tool_call>Hi");
  assertEquals(textOf(silent), "Hi");
});

Deno.test("chat makes an answer a call where one is asked for", async () => {
  const tools = [...TOOLS, {
    type: "function",
    function: { name: "book", parameters: { type: "object" } },
  }];
  const [, model] = await askWithTools("{}", {
    tools,
    tool_choice: { type: "function", function: { name: "book" } },
  });
  const [asked] = model.asked;
  assertEquals(
    model.tokenizer.decode(asked?.prompt ?? []),
    "<tool_call>Hi<tool_call>",
  );
  assertEquals(asked?.options.grammar, {
    kind: "structuralTag",
    tag: {
      type: "structural_tag",
      format: {
        type: "sequence",
        elements: [
          { type: "const_string", value: '{"name": "book", "arguments": ' },
          { type: "json_schema", json_schema: { type: "object" } },
          { type: "const_string", value: "}" },
        ],
      },
    },
  });
});

Deno.test("chat refuses tools that are none, and names the field", async () => {
  const cases: readonly [fields: object, param: string, code: string][] = [
    [{ tools: [{}] }, "tools[0].type", "missing_required_parameter"],
    [
      { tools: [{ type: "function", function: { name: "a b" } }] },
      "tools[0].function.name",
      "invalid_value",
    ],
    [
      { tools: [...TOOLS, ...TOOLS] },
      "tools[1].function.name",
      "invalid_value",
    ],
    [{ tool_choice: "always" }, "tool_choice", "invalid_value"],
    [
      { tool_choice: { type: "function", function: { name: "x" } } },
      "tool_choice.function.name",
      "invalid_value",
    ],
    [{ tools: [], tool_choice: "auto" }, "tool_choice", "invalid_value"],
    [
      { response_format: { type: "json_object" } },
      "response_format",
      "unsupported_parameter",
    ],
    [
      {
        tools: [{
          type: "function",
          function: {
            name: "a",
            strict: true,
            parameters: {
              type: "object",
              properties: { b: { type: "array", uniqueItems: true } },
            },
          },
        }],
      },
      "tools[0].function.parameters.properties.b.uniqueItems",
      "unsupported_parameter",
    ],
    [
      { tool_choice: "required", ignore_eos: true },
      "ignore_eos",
      "unsupported_parameter",
    ],
  ];
  for (const [fields, param, code] of cases) {
    const [response] = await askWithTools("Hi", fields);
    const error = await errorOf(response);
    assertEquals(
      [error.status, error.param, error.code],
      [400, param, code],
      error.message,
    );
  }
  const [response] = await ask({ tools: TOOLS });
  assertEquals((await errorOf(response)).code, "unsupported_parameter");
});

const BAD: readonly [fields: object, param: string | null, code: string][] = [
  [{ messages: undefined }, "messages", "missing_required_parameter"],
  [{ model: undefined }, "model", "missing_required_parameter"],
  [{ messages: [] }, "messages", "empty_array"],
  [{ messages: "Hi" }, "messages", "invalid_type"],
  [
    { messages: [{ role: "user" }] },
    "messages[0].content",
    "missing_required_parameter",
  ],
  [
    { messages: [{ role: "x", content: "" }] },
    "messages[0].role",
    "invalid_value",
  ],
  [
    { messages: [{ ...MESSAGES[0], x: 1 }] },
    "messages[0].x",
    "unknown_parameter",
  ],
  [
    { messages: [{ role: "user", content: [{ type: "image_url" }] }] },
    "messages[0].content[0].type",
    "unsupported_parameter",
  ],
  [{ temperature: 2.5 }, "temperature", "decimal_above_max_value"],
  [{ temperature: "1" }, "temperature", "invalid_type"],
  [{ n: 0 }, "n", "integer_below_min_value"],
  [{ n: 9 }, "n", "integer_above_max_value"],
  [{ n: 1.5 }, "n", "invalid_type"],
  [{ max_tokens: 0 }, "max_tokens", "integer_below_min_value"],
  [{ max_tokens: 1, max_completion_tokens: 2 }, "max_tokens", "invalid_value"],
  [{ stop: ["a", "b", "c", "d", "e"] }, "stop", "array_above_max_length"],
  [{ stop: [""] }, "stop[0]", "invalid_value"],
  [{ stop: [1] }, "stop[0]", "invalid_type"],
  [{ logit_bias: { "512": 1 } }, "logit_bias", "invalid_value"],
  [{ logit_bias: { "1": 101 } }, "logit_bias.1", "decimal_above_max_value"],
  [{ top_logprobs: 1 }, "top_logprobs", "invalid_value"],
  [{ stream_options: {} }, "stream_options", "invalid_value"],
  [
    { stream: true, stream_options: { x: 1 } },
    "stream_options.x",
    "unknown_parameter",
  ],
  [
    { response_format: { type: "xml" } },
    "response_format.type",
    "invalid_value",
  ],
  [
    { response_format: { type: "json_schema" } },
    "response_format.json_schema",
    "missing_required_parameter",
  ],
  [{ reasoning_effort: "high" }, "reasoning_effort", "unsupported_parameter"],
  [{ temprature: 1 }, "temprature", "unknown_parameter"],
];

Deno.test("chat refuses what it cannot do, and names the field", async () => {
  for (const [fields, param, code] of BAD) {
    const [response] = await ask(fields);
    const error = await errorOf(response);
    assertEquals(
      [error.status, error.type, error.param, error.code],
      [400, "invalid_request_error", param, code],
      error.message,
    );
  }
});

Deno.test("chat says that a model is unknown, or cannot chat, or the messages are too long", async () => {
  const [unknown] = await ask({ model: "gpt" });
  assertEquals((await errorOf(unknown)).code, "model_not_found");
  assertEquals(unknown.status, 404);
  const model = new FakeModel();
  model.chatTemplate = null;
  const request = { model: "fake", messages: MESSAGES };
  const mute = await post(createHandler([model]), PATH, request);
  assertEquals((await errorOf(mute)).code, "no_chat_template");
  for (const numCharacters of [2000, 100_000]) {
    const content = "a ".repeat(numCharacters / 2);
    const [long] = await ask({ messages: [{ role: "user", content }] });
    const error = await errorOf(long);
    assertEquals([error.status, error.param, error.code], [
      400,
      "messages",
      "context_length_exceeded",
    ]);
  }
});
