import type {
  ChatMessage,
  Chunk,
  GenerateOptions,
  GenerateStatistics,
  Model,
} from "../decode/mod.ts";

/** What a model is given: text or ids that it continues, or messages that it answers. */
export type Question = string | readonly number[] | readonly ChatMessage[];

/**
 * Gives a model something to continue or answer.
 *
 * @param model The model.
 * @param question Text, ids or messages.
 * @param options How to choose tokens and when to end.
 * @returns The generation.
 */
export function ask(
  model: Pick<Model, "chat" | "generate">,
  question: Question,
  options: GenerateOptions,
): AsyncGenerator<Chunk, GenerateStatistics> {
  return isConversation(question)
    ? model.chat(question, options)
    : model.generate(question, options);
}

/**
 * Turns what a model is given into ids, as the model does.
 *
 * @param model Its tokenizer and chat template.
 * @param question Text, ids or messages.
 * @returns The ids.
 * @throws {TypeError} If there are messages and no chat template, or a message is of the wrong type.
 */
export function questionIds(
  { tokenizer, chatTemplate }: Pick<Model, "tokenizer" | "chatTemplate">,
  question: Question,
): readonly number[] {
  if (!isConversation(question)) {
    return typeof question === "string" ? tokenizer.encode(question) : question;
  }
  if (chatTemplate === null) {
    throw new TypeError(
      "Cannot answer messages as the model must have a chat template: it has none",
    );
  }
  const text = chatTemplate.render(question);
  return tokenizer.encode(text, { addSpecialTokens: false });
}

function isConversation(
  question: Question,
): question is readonly ChatMessage[] {
  return typeof question[0] === "object";
}
