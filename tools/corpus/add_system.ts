import type { Random } from "../random.ts";
import type { Conversation } from "./conversation.ts";

const SHARE = 0.1;
const WORDINGS: readonly string[] = [
  "You are a helpful assistant.",
  "You are a helpful assistant for TOPICS.",
  "You help with TOPICS.",
  "Be brief and friendly.",
  "You are a friendly assistant. Your subject is TOPICS.",
];

/**
 * Puts a system message before some conversations, so that the model knows them: most have none.
 *
 * @param conversation What is said.
 * @param random Where choices come from.
 */
export function addSystem(
  conversation: Conversation,
  random: Random,
): Conversation {
  if (random.next() >= SHARE) return conversation;
  const { topics, messages } = conversation;
  const content = random.pick(WORDINGS)
    .replace("TOPICS", [...new Set(topics)].join(" and "));
  return { topics, messages: [{ role: "system", content }, ...messages] };
}
