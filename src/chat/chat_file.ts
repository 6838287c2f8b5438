import { type ChatMessage, readChatMessages } from "../text/mod.ts";
import {
  type JsonValue,
  readJsonFile,
  writeTextFile,
} from "../checkpoint/mod.ts";
import { quote } from "../checkpoint/quote.ts";

/**
 * Saves a conversation as `{"messages": [{"role", "content"}, …]}`. The file appears under its name only
 * once it is complete; a failure leaves an earlier one as it was.
 *
 * @param path The file.
 * @param messages What was said.
 * @throws {RangeError} If it cannot be written there.
 */
export async function saveChat(
  path: string,
  messages: readonly ChatMessage[],
): Promise<void> {
  const text = `${JSON.stringify({ messages }, null, 2)}\n`;
  await requireWrite(path);
  try {
    await writeTextFile(path, text);
  } catch (error) {
    const found = error instanceof Error ? error.name : String(error);
    throw new RangeError(
      `Cannot save ${
        quote(path)
      } as it must be a file in a folder that can be written to: found ${found}`,
      { cause: error },
    );
  }
}

/**
 * Loads a conversation that {@linkcode saveChat} saved.
 *
 * @param path The file.
 * @returns What was said.
 * @throws {ReferenceError} If there is no such file.
 * @throws {SyntaxError} If it is not JSON.
 * @throws {TypeError} If it is not a list of messages.
 * @throws {RangeError} If it is no conversation that a next message can follow.
 */
export async function loadChat(path: string): Promise<readonly ChatMessage[]> {
  const json = await readJsonFile(path);
  const messages = readChatMessages(toPlain(json.get("messages")));
  const first = messages[0]?.role === "system" ? 1 : 0;
  for (const [index, { role }] of messages.slice(first).entries()) {
    const expected = index % 2 === 0 ? "user" : "assistant";
    if (role !== expected) {
      throw new RangeError(
        `Cannot load ${quote(path)} as messages[${
          first + index
        }] must be of role ${expected}: found ${quote(role)}`,
      );
    }
  }
  if (messages.at(-1)?.role === "user") {
    throw new RangeError(
      `Cannot load ${
        quote(path)
      } as it must end with an answer: found a message of role user`,
    );
  }
  return messages;
}

/** Fails where Deno would ask on the terminal, in the middle of the conversation. */
async function requireWrite(path: string): Promise<void> {
  const { state } = await Deno.permissions.query({ name: "write", path });
  if (state === "granted") return;
  throw new RangeError(
    `Cannot save ${
      quote(path)
    } as the program must be allowed to write there: found no permission (the launcher gives it for the folder that chat is started in)`,
  );
}

/** A message's fields as an object, which {@linkcode readChatMessages} takes; other values as they are. */
function toPlain(value: JsonValue | undefined): unknown {
  if (!Array.isArray(value)) return value;
  return value.map((item: JsonValue) =>
    item instanceof Map ? Object.fromEntries(item) : item
  );
}
