/** One turn of a conversation. */
export interface ChatMessage {
  /** Who speaks: `system`, `user`, `assistant`, `tool`, or what else the template knows. */
  readonly role: string;
  /** What is said. */
  readonly content: string;
}

/**
 * Checks a conversation that comes from outside.
 *
 * @param messages Anything.
 * @returns The same, as messages of role and content alone.
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
  return messages.map((message: unknown, index) => ({
    role: readText(message, { index, key: "role" }),
    content: readText(message, { index, key: "content" }),
  }));
}

function readText(
  message: unknown,
  { index, key }: { readonly index: number; readonly key: string },
): string {
  if (typeof message !== "object" || message === null) {
    throw new TypeError(
      `Cannot read messages[${index}] as it must be an object: got ${
        describeType(message)
      }`,
    );
  }
  const text: unknown = Reflect.get(message, key);
  if (typeof text === "string") return text;
  throw new TypeError(
    `Cannot read messages[${index}].${key} as it must be a string: got ${
      describeType(text)
    }`,
  );
}

function describeType(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : typeof value;
}
