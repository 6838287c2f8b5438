import type { ChatMessage, ChatTemplate } from "../text/mod.ts";

/** Part of a rendered conversation. */
export interface RenderedPart {
  /** Its text. */
  readonly text: string;
  /** Whether an assistant has written it. */
  readonly isAnswer: boolean;
}

/**
 * Renders a conversation up to its last answer, apart into what the model is given and what it answers with,
 * each end of turn included.
 *
 * @param template The model's template.
 * @param messages The conversation.
 * @returns The parts in order; none where nobody answers.
 * @throws {RangeError} If the template refuses the messages, or rewrites what it has written before.
 */
export function renderAnswers(
  template: ChatTemplate,
  messages: readonly ChatMessage[],
): readonly RenderedPart[] {
  const parts: RenderedPart[] = [];
  let rendered = "";
  const extend = (text: string, isAnswer: boolean): void => {
    if (!text.startsWith(rendered)) {
      throw new RangeError(
        "Cannot tell answers from the rest as the chat template must only add to what it wrote of the messages before: found it changed",
      );
    }
    parts.push({ text: text.slice(rendered.length), isAnswer });
    rendered = text;
  };
  for (const [index, { role }] of messages.entries()) {
    if (role !== "assistant") continue;
    extend(template.render(messages.slice(0, index)), false);
    const options = { addGenerationPrompt: false };
    extend(template.render(messages.slice(0, index + 1), options), true);
  }
  return parts;
}
