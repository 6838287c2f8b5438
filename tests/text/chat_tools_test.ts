import { assertEquals, assertThrows } from "@std/assert";
import {
  type ChatMessage,
  ChatTemplate,
  type ToolCall,
} from "../../src/text/mod.ts";
import {
  LLAMA31_TOOLS_TEMPLATE,
  MISTRAL_TOOLS_TEMPLATE,
  QWEN25_TEMPLATE,
} from "./chat_templates.ts";

const TOOLS = [{
  type: "function",
  function: {
    name: "get_weather",
    description: "Weather of a city, in °C",
    parameters: { type: "object", properties: { city: { type: "string" } } },
  },
}];
const CALL: ToolCall = {
  id: "call12345",
  type: "function",
  function: { name: "get_weather", arguments: { city: "Zürich" } },
};
const MESSAGES: readonly ChatMessage[] = [
  { role: "user", content: "How warm is Zürich?" },
  { role: "assistant", content: null, tool_calls: [CALL] },
  { role: "tool", content: '{"celsius": 21}', tool_call_id: "call12345" },
];
/** As Python's `json.dumps` writes it. */
const TOOL_JSON =
  '{"type": "function", "function": {"name": "get_weather", "description": "Weather of a city, in °C", ' +
  '"parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}}';

function template(source: string): ChatTemplate {
  return new ChatTemplate(source, {
    name: "chat_template.jinja",
    bosToken: "<s>",
    eosToken: "</s>",
  });
}

Deno.test("ChatTemplate.render() writes tools, calls and answers in Qwen2.5's form", () => {
  const qwen = template(QWEN25_TEMPLATE);
  const turns = "<|im_start|>user\nHow warm is Zürich?<|im_end|>\n" +
    '<|im_start|>assistant\n<tool_call>\n{"name": "get_weather", "arguments": {"city": "Zürich"}}\n</tool_call><|im_end|>\n' +
    '<|im_start|>user\n<tool_response>\n{"celsius": 21}\n</tool_response><|im_end|>\n' +
    "<|im_start|>assistant\n";
  assertEquals(
    qwen.render(MESSAGES, { tools: TOOLS }),
    "<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.\n\n" +
      "# Tools\n\nYou may call one or more functions to assist with the user query.\n\n" +
      `You are provided with function signatures within <tools></tools> XML tags:\n<tools>\n${TOOL_JSON}\n</tools>\n\n` +
      "For each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:\n" +
      '<tool_call>\n{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call><|im_end|>\n' +
      turns,
  );
  const plain =
    "<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\n";
  for (const tools of [[], undefined]) {
    const options = tools === undefined ? {} : { tools };
    assertEquals(qwen.render(MESSAGES, options), plain + turns);
  }
});

Deno.test("ChatTemplate.render() writes tools, calls and answers in Llama 3.1's form", () => {
  assertEquals(
    template(LLAMA31_TOOLS_TEMPLATE).render(MESSAGES, { tools: TOOLS }),
    "<s><|start_header_id|>user<|end_header_id|>\n\n" +
      JSON.stringify(TOOLS[0], null, 4) +
      "\n\nHow warm is Zürich?<|eot_id|>" +
      '<|start_header_id|>assistant<|end_header_id|>\n\n{"name": "get_weather", "parameters": {"city": "Zürich"}}<|eot_id|>' +
      '<|start_header_id|>ipython<|end_header_id|>\n\n"{\\"celsius\\": 21}"<|eot_id|>' +
      "<|start_header_id|>assistant<|end_header_id|>\n\n",
  );
});

Deno.test("ChatTemplate.render() writes tools, calls and answers in Mistral's form", () => {
  assertEquals(
    template(MISTRAL_TOOLS_TEMPLATE).render(MESSAGES, { tools: TOOLS }),
    `<s>[AVAILABLE_TOOLS] [${TOOL_JSON}][/AVAILABLE_TOOLS][INST] How warm is Zürich?[/INST]` +
      '[TOOL_CALLS] [{"name": "get_weather", "arguments": {"city": "Zürich"}, "id": "call12345"}]</s>' +
      '[TOOL_RESULTS] {"content": {"celsius": 21}, "call_id": "call12345"}[/TOOL_RESULTS]',
  );
});

Deno.test("ChatTemplate.render() takes arguments as clients send them, and no calls for none", () => {
  const qwen = template(QWEN25_TEMPLATE);
  const withArguments = (text: string): readonly ChatMessage[] => [{
    role: "assistant",
    content: "Let me look.",
    tool_calls: [{ function: { name: "f", arguments: text } }],
  }];
  const options = { addGenerationPrompt: false };
  const system = qwen.render([{ role: "system", content: "" }], options);
  assertEquals(system, "<|im_start|>system\n<|im_end|>\n");
  const render = (messages: readonly ChatMessage[]): string =>
    qwen.render(
      [{ role: "system", content: "" }, ...messages],
      options,
    ).slice(system.length);
  assertEquals(
    render(withArguments('{"b":[1,2],"a":null}')),
    '<|im_start|>assistant\nLet me look.\n<tool_call>\n{"name": "f", "arguments": {"b": [1, 2], "a": null}}\n</tool_call><|im_end|>\n',
  );
  // What is no object is shown as the text that it is.
  assertEquals(
    render(withArguments("{oops")),
    '<|im_start|>assistant\nLet me look.\n<tool_call>\n{"name": "f", "arguments": "{oops"}\n</tool_call><|im_end|>\n',
  );
  const silent = template(LLAMA31_TOOLS_TEMPLATE);
  assertEquals(
    silent.render([{ role: "user", content: "Hi", tool_calls: [] }], options),
    "<s><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>",
  );
});

Deno.test("ChatTemplate.render() tells no text from an empty one where a message only calls tools", () => {
  const source = template("{{ messages[0].content is none }}");
  for (const content of [null, undefined, ""]) {
    const message = { role: "assistant", content, tool_calls: [CALL] };
    assertEquals(
      source.render([message as ChatMessage]),
      String(content !== ""),
    );
  }
});

Deno.test("ChatTemplate.render() checks calls", () => {
  const cases: ReadonlyArray<readonly [unknown, string]> = [
    [{ tool_calls: {} }, ".tool_calls as it must be a list: got object"],
    [{ tool_calls: [1] }, ".tool_calls[0] as it must be an object: got number"],
    [
      { tool_calls: [{}] },
      ".tool_calls[0].function as it must be an object: got undefined",
    ],
    [
      { tool_calls: [{ function: {} }] },
      ".tool_calls[0].function.name as it must be a string: got undefined",
    ],
    [
      { tool_calls: [{ function: { name: "f", arguments: [] } }] },
      ".tool_calls[0].function.arguments as it must be an object: got a list",
    ],
    [{ tool_call_id: 1 }, ".tool_call_id as it must be a string: got number"],
    [{ content: null }, ".content as it must be a string: got null"],
  ];
  for (const [fields, message] of cases) {
    const messages = [{ role: "assistant", content: "", ...fields as object }];
    assertEquals(
      assertThrows(
        () =>
          template(QWEN25_TEMPLATE).render(messages as readonly ChatMessage[]),
        TypeError,
      ).message,
      `Cannot read messages[0]${message}`,
    );
  }
});
