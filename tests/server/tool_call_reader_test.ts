import { assertEquals } from "@std/assert";
import { type ChatMessage, ChatTemplate } from "../../mod.ts";
import {
  LLAMA31_TOOLS_TEMPLATE,
  MISTRAL_TOOLS_TEMPLATE,
  QWEN25_TEMPLATE,
} from "../text/chat_templates.ts";
import {
  type ToolCallDelta,
  ToolCallReader,
} from "../../src/server/tool_call_reader.ts";
import { type ToolFormat, toolFormatOf } from "../../src/server/tool_format.ts";

const HERMES =
  "{% if tools %}Write <tool_call>{{ '{}' }}</tool_call>{% endif %}";
const MISTRAL =
  "{% if tools %}[AVAILABLE_TOOLS]{{ tools | tojson }}{% endif %}{% for m in messages %}{% if m.tool_calls %}{% for c in m.tool_calls %}{% if c.id | length != 9 %}{{ raise_exception('9') }}{% endif %}{% endfor %}[TOOL_CALLS]{% endif %}{{ m.content }}{% endfor %}";
const LLAMA =
  '{% if tools %}Respond in the format {"name": function name, "parameters": dictionary of arguments}.{{ tools | tojson }}{% endif %}{% for m in messages %}{% if m.tool_calls %}{{ \'{"name": "\' + m.tool_calls[0].function.name + \'", "parameters": \' }}{% endif %}{{ m.content }}{% endfor %}';

function formatOf(source: string): ToolFormat | null {
  return toolFormatOf(new ChatTemplate(source, { name: "t" }));
}

interface Read {
  readonly content: string;
  readonly calls: readonly (readonly [name: string, args: string])[];
}

/** What an answer is read as, given in pieces of some length. */
function read(
  text: string,
  {
    template = HERMES,
    length = text.length,
    isForced = false,
    isParallel = true,
  }: {
    readonly template?: string;
    readonly length?: number;
    readonly isForced?: boolean;
    readonly isParallel?: boolean;
  } = {},
): Read {
  const format = formatOf(template);
  if (format === null) throw new Error("no format");
  const tools = ["a", "b"].map((name) => ({ name, parameters: {} }));
  const reader = new ToolCallReader({
    templates: [],
    tools,
    isForced,
    isParallel,
    format,
  });
  const deltas: ToolCallDelta[] = [];
  let content = "";
  for (let start = 0; start < text.length; start += length) {
    const answer = reader.push(text.slice(start, start + length));
    content += answer.content;
    deltas.push(...answer.calls);
  }
  content += reader.end();
  const byIndex = Map.groupBy(deltas, ({ index }) => index);
  return {
    content,
    calls: [...byIndex.values()].map((own) => [
      own[0]?.function.name ?? "",
      own.map((delta) => delta.function.arguments).join(""),
    ]),
  };
}

const CALL_A = '{"name": "a", "arguments": {"x": "}</tool_call>", "y": [1]}}';
const ARGS_A = '{"x": "}</tool_call>", "y": [1]}';
const CALL_B = '{"arguments": {"z": 2}, "name": "b"}';

const CASES: readonly [
  name: string,
  text: string,
  read: Read,
  template?: string,
][] = [
  ["text", "Hello <tool> {x} ", { content: "Hello <tool> {x} ", calls: [] }],
  [
    "a call",
    `<tool_call>\n${CALL_A}\n</tool_call>`,
    { content: "", calls: [["a", ARGS_A]] },
  ],
  [
    "text, then two calls, one with its fields in another order",
    `I look.\n\n<tool_call>${CALL_A}</tool_call>\n<tool_call>\n${CALL_B}\n</tool_call>\n`,
    { content: "I look.", calls: [["a", ARGS_A], ["b", '{"z":2}']] },
  ],
  [
    "a call of what is no tool",
    '<tool_call>{"name": "c", "arguments": {}}</tool_call>',
    { content: '{"name": "c", "arguments": {}}</tool_call>', calls: [] },
  ],
  [
    "a call that breaks off",
    '<tool_call>{"name": "a", "arguments": {"x": "unfin',
    { content: "", calls: [["a", '{"x": "unfin']] },
  ],
  ["a mark that breaks off", "so <tool_c", {
    content: "so <tool_c",
    calls: [],
  }],
  [
    "Mistral's list",
    `[TOOL_CALLS][${CALL_A}, ${CALL_B}]`,
    { content: "", calls: [["a", ARGS_A], ["b", '{"z":2}']] },
    MISTRAL,
  ],
  [
    "Llama's bare object",
    ' {"name": "a", "parameters": {"x": 1}}; {"name": "b", "parameters": {}}',
    { content: "", calls: [["a", '{"x": 1}'], ["b", "{}"]] },
    LLAMA,
  ],
  [
    "Llama's tag",
    '<|python_tag|>{"name": "a", "parameters": {"x": 1}}',
    { content: "", calls: [["a", '{"x": 1}']] },
    LLAMA,
  ],
  ["an object that is no call", '{"x": 1} is it.', {
    content: '{"x": 1} is it.',
    calls: [],
  }, LLAMA],
];

Deno.test("ToolCallReader tells calls from text, however it is cut", () => {
  for (const [name, text, expected, template = HERMES] of CASES) {
    for (const length of [text.length, 7, 3, 1]) {
      assertEquals(
        read(text, { template, length }),
        expected,
        `${name}, ${length}`,
      );
    }
  }
});

Deno.test("ToolCallReader takes the whole of a forced answer for a call", () => {
  for (const length of [100, 1]) {
    assertEquals(
      read(CALL_B, { isForced: true, length }),
      { content: "", calls: [["b", '{"z":2}']] },
    );
  }
});

Deno.test("ToolCallReader passes on one call where one may be made", () => {
  const text =
    `<tool_call>${CALL_A}</tool_call><tool_call>${CALL_A}</tool_call>`;
  for (const length of [text.length, 1]) {
    assertEquals(
      read(text, { isParallel: false, length }),
      { content: "", calls: [["a", ARGS_A]] },
    );
  }
});

Deno.test("ToolCallReader passes arguments on as they come", () => {
  const format = formatOf(HERMES);
  if (format === null) throw new Error("no format");
  const reader = new ToolCallReader({
    templates: [],
    tools: [{ name: "a", parameters: {} }],
    isForced: false,
    isParallel: true,
    format,
  });
  reader.push('<tool_call>{"name": "a", "arguments": ');
  const { calls: [first, second] } = reader.push('{"x": "so f');
  assertEquals(first?.function, { name: "a", arguments: "" });
  assertEquals(second?.function, { arguments: '{"x": "so f' });
  assertEquals(reader.push('ar"}}').calls, [{
    index: 0,
    function: { arguments: 'ar"}' },
  }]);
});

Deno.test("toolFormatOf() goes by what the template does with tools", () => {
  assertEquals(formatOf(HERMES)?.begin, "<tool_call>");
  assertEquals(formatOf(MISTRAL)?.begin, "[TOOL_CALLS]");
  assertEquals(formatOf(MISTRAL)?.makeId().length, 9);
  assertEquals(formatOf(LLAMA)?.argumentsKey, "parameters");
  assertEquals(formatOf("{{ messages[0].content }}"), null);
  assertEquals(
    formatOf("{% if tools %}{{ raise_exception('no') }}{% endif %}"),
    null,
  );
});

Deno.test("toolFormatOf() begins a call as the template writes one", () => {
  const tool = {
    type: "function",
    function: { name: "find", description: "Finds.", parameters: {} },
  };
  const question: ChatMessage = { role: "user", content: "Find it." };
  const call: ChatMessage = {
    role: "assistant",
    content: null,
    tool_calls: [{
      id: "a1b2c3d4e",
      type: "function",
      function: { name: "find", arguments: { what: "it" } },
    }],
  };
  for (
    const [source, beforeCall] of [
      [QWEN25_TEMPLATE, "<tool_call>\n"],
      [MISTRAL_TOOLS_TEMPLATE, "[TOOL_CALLS] ["],
      [LLAMA31_TOOLS_TEMPLATE, ""],
    ] as const
  ) {
    assertEquals(formatOf(source)?.beforeCall, beforeCall);
    const template = new ChatTemplate(source, { name: "t" });
    const asked = template.render([question], { tools: [tool] });
    const called = template.render([question, call], {
      tools: [tool],
      addGenerationPrompt: false,
    });
    const begun = `${asked}${beforeCall}{"name": "find", "`;
    assertEquals(called.slice(0, begun.length), begun);
  }
  // One that says how, and writes none.
  assertEquals(formatOf(HERMES)?.beforeCall, "<tool_call>");
});
