import type { ChatMessage, ChatTemplate } from "../text/mod.ts";

/** How a model writes that it calls a tool. */
export interface ToolFormat {
  /** What begins calls; a text that is a call from its beginning needs it not. */
  readonly begin: string;
  /** What ends a call, if anything does; texts without it are calls to their end. */
  readonly end: string;
  /** Whether an answer may be a call without the beginning. */
  readonly isBare: boolean;
  /** What the object of a call has its arguments in. */
  readonly argumentsKey: "arguments" | "parameters";
  /** Names a call, as templates want calls to be named. */
  readonly makeId: () => string;
  /** What stands before the object of a call that an answer begins with. */
  readonly beforeCall: string;
}

const FORMATS: readonly Omit<ToolFormat, "beforeCall">[] = [
  // Hermes, Qwen.
  {
    begin: "<tool_call>",
    end: "</tool_call>",
    isBare: false,
    argumentsKey: "arguments",
    makeId: () => `call_${randomHex(24)}`,
  },
  // Mistral, whose template refuses ids of other lengths.
  {
    begin: "[TOOL_CALLS]",
    end: "",
    isBare: false,
    argumentsKey: "arguments",
    makeId: () => randomHex(9),
  },
  // Llama 3.1.
  {
    begin: "<|python_tag|>",
    end: "",
    isBare: true,
    argumentsKey: "parameters",
    makeId: () => `call_${randomHex(24)}`,
  },
];

const TOOL = {
  type: "function",
  function: {
    name: "look_up",
    description: "Looks something up.",
    parameters: { type: "object", properties: { key: { type: "string" } } },
  },
} as const;
const QUESTION: ChatMessage = { role: "user", content: "Look it up." };
const CALL: ChatMessage = {
  role: "assistant",
  content: null,
  tool_calls: [{
    id: "a1b2c3d4e",
    type: "function",
    function: { name: "look_up", arguments: { key: "it" } },
  }],
};

/**
 * Finds how a model calls tools: as its chat template tells it to, or writes calls of earlier turns.
 *
 * @param template The template.
 * @returns How; null where the template knows no tools, or calls are written in no form that is known.
 */
export function toolFormatOf(template: ChatTemplate): ToolFormat | null {
  const plain = tryRender(template, [QUESTION], []);
  const offered = tryRender(template, [QUESTION], [TOOL]);
  if (offered === null || offered === plain) return null;
  const called = tryRender(template, [QUESTION, CALL, QUESTION], [TOOL]) ?? "";
  const text = offered + called;
  const format = FORMATS.find(({ begin }) => text.includes(begin)) ??
    FORMATS.find(({ isBare, argumentsKey }) =>
      isBare && text.includes(`"${argumentsKey}"`) && text.includes('{"name"')
    );
  if (format === undefined) return null;
  return { ...format, beforeCall: findBeforeCall(format, called) };
}

/** What a template writes between the beginning of an answer and the object of its first call. */
function findBeforeCall(
  { begin, isBare }: Omit<ToolFormat, "beforeCall">,
  called: string,
): string {
  // The last time that it is written, and not told of.
  const at = called.lastIndexOf(begin);
  if (at < 0) return isBare ? "" : begin;
  const [, between = ""] =
    /^([\s[]*)\{/.exec(called.slice(at + begin.length)) ?? [];
  return begin + between;
}

function tryRender(
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  tools: readonly unknown[],
): string | null {
  try {
    return template.render(messages, { tools });
  } catch {
    // A template that refuses tools, or such messages, is one that does not know them.
    return null;
  }
}

function randomHex(length: number): string {
  return crypto.randomUUID().replaceAll("-", "").slice(0, length);
}
