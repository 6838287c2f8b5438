import { isJsonObject } from "./json_object.ts";

/** A function that a message calls, as chat templates and OpenAI's API name its parts. */
export interface ToolCall {
  /** Names the call, so that a tool message can answer it. */
  readonly id?: string;
  /** Kind of tool: the only one that there is. */
  readonly type?: "function";
  /** What is called. */
  readonly function: {
    readonly name: string;
    /** An object, or its JSON text. */
    readonly arguments: Readonly<Record<string, unknown>> | string;
  };
}

/** One turn of a conversation. */
export interface ChatMessage {
  /** Who speaks: `system`, `user`, `assistant`, `tool`, or what else the template knows. */
  readonly role: string;
  /** What is said; null where an assistant's message only calls tools. */
  readonly content: string | null;
  /** Calls of an assistant's message. */
  readonly tool_calls?: readonly ToolCall[];
  /** Which call a tool's message answers. */
  readonly tool_call_id?: string;
  /** Name of the tool that answers, which some templates write. */
  readonly name?: string;
}

/**
 * Checks a conversation that comes from outside.
 *
 * @param messages Anything.
 * @returns The same, as messages of the parts that are known alone.
 * @throws {TypeError} It is not a list of messages.
 */
export function readChatMessages(messages: unknown): ChatMessage[] {
  if (!Array.isArray(messages)) {
    throw new TypeError(
      `Cannot read messages as they must be a list: got ${
        describeType(messages)
      }`,
    );
  }
  return messages.map((message: unknown, index) =>
    readMessage(message, `messages[${index}]`)
  );
}

function readMessage(message: unknown, place: string): ChatMessage {
  checkObject(message, place);
  const role = readText(message, { place, key: "role" });
  // Templates look whether there are calls by looking for the property.
  const calls = readCalls(
    Reflect.get(message, "tool_calls") ?? [],
    `${place}.tool_calls`,
  );
  const isSilent = calls.length > 0 &&
    (Reflect.get(message, "content") ?? null) === null;
  return {
    role,
    content: isSilent ? null : readText(message, { place, key: "content" }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
    ...readOptional(message, { place, key: "tool_call_id" }),
    ...readOptional(message, { place, key: "name" }),
  };
}

function readCalls(calls: unknown, place: string): ToolCall[] {
  if (!Array.isArray(calls)) return refuse(place, "a list", calls);
  return calls.map((call: unknown, index) => {
    const callPlace = `${place}[${index}]`;
    checkObject(call, callPlace);
    const called: unknown = Reflect.get(call, "function");
    const calledPlace = `${callPlace}.function`;
    checkObject(called, calledPlace);
    const name = readText(called, { place: calledPlace, key: "name" });
    return {
      ...readOptional(call, { place: callPlace, key: "id" }),
      type: "function",
      function: {
        name,
        arguments: readArguments(
          Reflect.get(called, "arguments"),
          `${calledPlace}.arguments`,
        ),
      },
    };
  });
}

/** Templates want an object, where clients send its text. */
function readArguments(
  value: unknown,
  place: string,
): Readonly<Record<string, unknown>> | string {
  if (typeof value === "string") return parseArguments(value) ?? value;
  checkObject(value, place);
  return Object.fromEntries(Object.entries(value));
}

function parseArguments(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : null;
  } catch {
    // What a model wrote need not be JSON: it is shown to it as it stands.
    return null;
  }
}

/** Where a text is. */
interface Place<Key extends string = string> {
  readonly place: string;
  readonly key: Key;
}

function readOptional<Key extends string>(
  owner: object,
  { place, key }: Place<Key>,
): { readonly [name in Key]?: string } {
  const text: unknown = Reflect.get(owner, key) ?? null;
  if (text === null) return {};
  const read: { [name in Key]?: string } = {};
  read[key] = readText(owner, { place, key });
  return read;
}

function readText(owner: object, { place, key }: Place): string {
  const text: unknown = Reflect.get(owner, key);
  return typeof text === "string"
    ? text
    : refuse(`${place}.${key}`, "a string", text);
}

function checkObject(value: unknown, place: string): asserts value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    refuse(place, "an object", value);
  }
}

function refuse(place: string, rule: string, value: unknown): never {
  throw new TypeError(
    `Cannot read ${place} as it must be ${rule}: got ${describeType(value)}`,
  );
}

function describeType(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : typeof value;
}
