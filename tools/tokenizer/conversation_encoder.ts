import {
  type ChatMessage,
  ChatTemplate,
  Tokenizer,
} from "../../src/text/mod.ts";
import { CHAT_TEMPLATE, SPECIAL_TOKENS } from "./chat_form.ts";

/**
 * Encodes whole conversations as the engine does: rendered by the template, then cut into tokens.
 *
 * @param json `tokenizer.json`.
 */
export function conversationEncoder(
  json: Readonly<Record<string, unknown>>,
): (messages: readonly ChatMessage[]) => readonly number[] {
  const tokenizer = new Tokenizer({ json, name: "tokenizer.json" });
  const template = new ChatTemplate(CHAT_TEMPLATE, {
    name: "tokenizer_config.json",
    bosToken: SPECIAL_TOKENS.begin,
    eosToken: SPECIAL_TOKENS.end,
  });
  return (messages) =>
    tokenizer.encode(
      template.render(messages, { addGenerationPrompt: false }),
      {
        addSpecialTokens: false,
      },
    );
}
