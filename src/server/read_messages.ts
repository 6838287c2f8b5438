import type { ChatMessage, ToolCall } from "../text/mod.ts";
import { Fields, readList } from "./fields.ts";
import {
  refuseMissing,
  refuseType,
  refuseUnsupported,
  refuseValue,
} from "./field_errors.ts";

const ROLES = ["system", "developer", "user", "assistant", "tool"] as const;
/** Calls in one message. */
const MAX_CALLS = 128;
/** Pieces of one message's content. */
const MAX_PARTS = 1024;

/**
 * Reads the messages of a conversation.
 *
 * @param fields The request's.
 * @param maxMessages Most that there may be.
 * @returns Messages as chat templates know them; a `developer` is a `system`.
 * @throws {ApiError} They are not that, or say something other than text.
 */
export function readMessages(
  fields: Fields,
  maxMessages: number,
): readonly ChatMessage[] {
  const param = fields.param("messages");
  const messages = fields.list("messages", maxMessages) ??
    refuseMissing(param);
  if (messages.length === 0) {
    refuseValue(param, {
      rule: "an array with at least one message",
      found: messages,
      code: "empty_array",
    });
  }
  return messages.map((message, index) =>
    readMessage(new Fields(message, `${param}[${index}]`))
  );
}

function readMessage(fields: Fields): ChatMessage {
  const role = fields.choice("role", ROLES) ??
    refuseMissing(fields.param("role"));
  const calls = role === "assistant" ? readCalls(fields) : undefined;
  const id = role === "tool"
    ? fields.requiredString("tool_call_id")
    : undefined;
  const name = fields.string("name");
  const content = readContent(fields);
  if (content === null && calls === undefined) {
    refuseMissing(fields.param("content"));
  }
  // What answers of the API have besides, for an answer may be sent back as it came.
  fields.string("refusal");
  fields.list("annotations", MAX_PARTS);
  fields.finish();
  return {
    role: role === "developer" ? "system" : role,
    content,
    ...calls === undefined ? {} : { tool_calls: calls },
    ...id === undefined ? {} : { tool_call_id: id },
    ...name === undefined ? {} : { name },
  };
}

function readContent(fields: Fields): string | null {
  const content = fields.any("content");
  const param = fields.param("content");
  if (content === undefined) return null;
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) {
    return refuseType(param, {
      expected: "a string or an array of parts",
      found: content,
    });
  }
  return readList(param, content, MAX_PARTS).map((part, index) =>
    readPart(new Fields(part, `${param}[${index}]`))
  ).join("");
}

function readPart(fields: Fields): string {
  const type = fields.requiredString("type");
  if (type !== "text") {
    refuseUnsupported(
      fields.param("type"),
      "must be 'text', as this server's models read nothing else",
    );
  }
  const text = fields.requiredString("text");
  fields.finish();
  return text;
}

function readCalls(fields: Fields): readonly ToolCall[] | undefined {
  return fields.list("tool_calls", MAX_CALLS)?.map((call, index) => {
    const callFields = new Fields(
      call,
      `${fields.param("tool_calls")}[${index}]`,
    );
    const id = callFields.requiredString("id");
    callFields.choice("type", ["function"]);
    const called = callFields.object("function") ??
      refuseMissing(callFields.param("function"));
    const name = called.requiredString("name");
    const args = called.requiredString("arguments");
    called.finish();
    callFields.finish();
    return { id, type: "function", function: { name, arguments: args } };
  });
}
