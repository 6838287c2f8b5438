import type { ChatMessage } from "../text/mod.ts";
import type { DataFile } from "./data_file.ts";
import { parseJsonPlace } from "./parse_json_place.ts";
import { quote } from "../checkpoint/quote.ts";
import { readChatMessages } from "../text/mod.ts";

/** A text or a conversation, and where it was found. */
export interface TextRecord {
  /** File and line, as messages say it. */
  readonly place: string;
  /** What was found. */
  readonly content: string | readonly ChatMessage[];
}

/** What separates the texts of a plain file: the mark that corpora use, or two blank lines. */
const SEPARATOR = /<\|endoftext\|>|(?:\r?\n[ \t]*){3,}/;

/**
 * Takes a file of texts apart: a `.jsonl` line by line, a `.json` as a list, and any other as plain text,
 * whose documents `<|endoftext|>` or two blank lines separate. A JSON object has a `text` or `messages`.
 *
 * @param file The file.
 * @returns Its texts and conversations.
 * @throws {SyntaxError} If a line, or the file, is not JSON.
 * @throws {TypeError} If an object has neither a `text` nor `messages`.
 */
export function readTextRecords(file: DataFile): readonly TextRecord[] {
  const { path, text } = file;
  if (/\.(?:jsonl|ndjson)$/i.test(path)) return readLines(file);
  if (/\.json$/i.test(path)) return readList(file);
  return text.split(SEPARATOR).map((part) => part.trim())
    .filter((part) => part !== "")
    .map((content, index) => ({
      place: `text ${index + 1} of ${quote(path)}`,
      content,
    }));
}

function readLines({ path, text }: DataFile): readonly TextRecord[] {
  return text.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    const place = `line ${index + 1} of ${quote(path)}`;
    return [toRecord(parseJsonPlace(line, place), place)];
  });
}

function readList({ path, text }: DataFile): readonly TextRecord[] {
  const value = parseJsonPlace(text, quote(path));
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  return items.map((item, index) =>
    toRecord(item, `item ${index + 1} of ${quote(path)}`)
  );
}

function toRecord(value: unknown, place: string): TextRecord {
  if (typeof value === "object" && value !== null) {
    const text: unknown = Reflect.get(value, "text");
    if (typeof text === "string") return { place, content: text };
    const messages: unknown = Reflect.get(value, "messages");
    if (messages !== undefined) {
      return { place, content: readMessages(messages, place) };
    }
  }
  throw new TypeError(
    `Cannot train on ${place} as it must be an object with a "text" or "messages": found ${
      describeKeys(value)
    }`,
  );
}

function readMessages(
  messages: unknown,
  place: string,
): readonly ChatMessage[] {
  try {
    return readChatMessages(messages);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new TypeError(`Cannot train on ${place}: ${error.message}`, {
      cause: error,
    });
  }
}

function describeKeys(value: unknown): string {
  if (typeof value !== "object" || value === null) return typeof value;
  if (Array.isArray(value)) return "a list";
  const keys = Object.keys(value);
  return keys.length === 0 ? "no keys" : keys.map(quote).join(", ");
}
