import type { ChatMessage, ChatTemplate, Tokenizer } from "../text/mod.ts";
import { alignTokens } from "./align_tokens.ts";
import { renderAnswers, type RenderedPart } from "./render_answers.ts";
import type { TextRecord } from "./text_record.ts";
import type { TrainDocument } from "./train_document.ts";

/** How a model reads texts. */
export interface TextModel {
  /** From text to ids. */
  readonly tokenizer: Tokenizer;
  /** From messages to text, or null where the model has none. */
  readonly chatTemplate: ChatTemplate | null;
  /** `V` */
  readonly vocabSize: number;
  /** Ids that end an answer. */
  readonly eosTokenIds: readonly number[];
}

/**
 * Turns a text or a conversation into ids; of a conversation, the answers are to be learnt, each with the
 * token that ends it.
 *
 * @param record The text or conversation.
 * @param model How the model reads it.
 * @returns The ids, or null where the tokens of a conversation cannot be told apart.
 * @throws {TypeError} If it is a conversation, and the model has no chat template.
 * @throws {RangeError} If nobody answers, the template refuses it, or an id is beyond the vocabulary.
 */
export function encodeRecord(
  { place, content }: TextRecord,
  model: TextModel,
): TrainDocument | null {
  const document = typeof content === "string"
    ? { tokenIds: model.tokenizer.encode(content) }
    : encodeMessages(content, { place, model });
  for (const id of document?.tokenIds ?? []) {
    if (id < model.vocabSize) continue;
    throw new RangeError(
      `Cannot train on ${place} as its ids must be below the model's vocab_size, ${model.vocabSize}: found ${id}`,
    );
  }
  return document;
}

function encodeMessages(
  messages: readonly ChatMessage[],
  { place, model }: { readonly place: string; readonly model: TextModel },
): TrainDocument | null {
  const { chatTemplate, tokenizer, eosTokenIds } = model;
  if (chatTemplate === null) {
    throw new TypeError(
      `Cannot train on ${place} as the model must have a chat template for messages: it has none`,
    );
  }
  const parts = render(chatTemplate, messages, place);
  const text = parts.map((part) => part.text).join("");
  const tokenIds = tokenizer.encode(text, { addSpecialTokens: false });
  const starts = alignTokens(tokenizer, text, tokenIds);
  if (starts === null) return null;
  const ends = partEnds(parts);
  let part = 0;
  let isEnded = false;
  const isLearnt = starts.map((start, index) => {
    while (start >= (ends[part] ?? Infinity)) {
      part++;
      isEnded = false;
    }
    const isOwn = parts[part]?.isAnswer === true && !isEnded;
    // What the template writes behind the end of a turn is not the model's.
    isEnded ||= isOwn && eosTokenIds.includes(tokenIds[index] ?? -1);
    return isOwn;
  });
  return { tokenIds, isLearnt };
}

function render(
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  place: string,
): readonly RenderedPart[] {
  let parts: readonly RenderedPart[];
  try {
    parts = renderAnswers(template, messages);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError(`Cannot train on ${place}: ${error.message}`, {
      cause: error,
    });
  }
  if (parts.length > 0) return parts;
  throw new RangeError(
    `Cannot train on ${place} as a message must be of role assistant: found none`,
  );
}

/** Where each part ends, in bytes of UTF-8. */
function partEnds(parts: readonly RenderedPart[]): readonly number[] {
  const encoder = new TextEncoder();
  let end = 0;
  return parts.map(({ text }) => end += encoder.encode(text).length);
}
