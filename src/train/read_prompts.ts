import type { DataFile } from "./data_file.ts";
import type { EncodedPrompt } from "./encoded_prompt.ts";
import { quote } from "../checkpoint/quote.ts";
import type { TextModel } from "./encode_record.ts";
import { type ChatTemplate, readChatMessages } from "../text/mod.ts";
import { parseJsonPlace } from "./parse_json_place.ts";

/**
 * Reads prompts: of a `.jsonl`, each line's `messages`, `prompt` or first of `turns`; of another file, each
 * line. Where the model has a chat template, a prompt is a message for it to answer.
 *
 * @param file The file.
 * @param model How the model reads texts.
 * @returns The prompts, with the `category` that a line of a `.jsonl` may have.
 * @throws {SyntaxError} If a line is not JSON.
 * @throws {TypeError} If a line has no prompt, or messages and the model no chat template.
 * @throws {RangeError} If an id is beyond the vocabulary.
 */
export function readPrompts(
  file: DataFile,
  model: TextModel,
): readonly EncodedPrompt[] {
  const isJson = /\.(?:jsonl|ndjson)$/i.test(file.path);
  return file.text.split(/\r?\n/).flatMap((line, index) => {
    if (line.trim() === "") return [];
    const place = `line ${index + 1} of ${quote(file.path)}`;
    if (!isJson) {
      return [{ ids: encodePrompt(line, { place, model }), category: null }];
    }
    const value = parseJsonPlace(line, place);
    const ids = encodePrompt(promptOf(value, place), { place, model });
    return [{ ids, category: categoryOf(value) }];
  });
}

function promptOf(value: unknown, place: string): unknown {
  const object = typeof value === "object" && value !== null ? value : {};
  const messages: unknown = Reflect.get(object, "messages");
  const turns: unknown = Reflect.get(object, "turns");
  const first: unknown = Array.isArray(turns)
    ? turns[0]
    : Reflect.get(object, "prompt");
  if (messages !== undefined) return messages;
  if (typeof first === "string") return first;
  throw new TypeError(
    `Cannot take a prompt from ${place} as it must be an object with "messages", "prompt" or "turns": found none`,
  );
}

function categoryOf(value: unknown): string | null {
  const category: unknown = Reflect.get(Object(value), "category");
  return typeof category === "string" && category !== "" ? category : null;
}

function encodePrompt(
  prompt: unknown,
  { place, model }: { readonly place: string; readonly model: TextModel },
): readonly number[] {
  const { chatTemplate, tokenizer, vocabSize } = model;
  const isText = typeof prompt === "string";
  if (chatTemplate === null && !isText) {
    throw new TypeError(
      `Cannot take a prompt from ${place} as the model must have a chat template for messages: it has none`,
    );
  }
  const messages = isText ? [{ role: "user", content: prompt }] : prompt;
  const ids = chatTemplate === null
    ? tokenizer.encode(String(prompt))
    : tokenizer.encode(renderMessages(messages, { place, chatTemplate }), {
      addSpecialTokens: false,
    });
  const wrong = ids.find((id) => id >= vocabSize);
  if (wrong === undefined) return ids;
  throw new RangeError(
    `Cannot take a prompt from ${place} as its ids must be below the model's vocab_size, ${vocabSize}: found ${wrong}`,
  );
}

function renderMessages(
  messages: unknown,
  { place, chatTemplate }: {
    readonly place: string;
    readonly chatTemplate: ChatTemplate;
  },
): string {
  try {
    return chatTemplate.render(readChatMessages(messages));
  } catch (error) {
    const isExpected = error instanceof TypeError ||
      error instanceof RangeError;
    if (!isExpected) throw error;
    throw new TypeError(
      `Cannot take a prompt from ${place}: ${error.message}`,
      { cause: error },
    );
  }
}
