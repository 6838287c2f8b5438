import type { Random } from "../random.ts";
import type { Conversation } from "./conversation.ts";
import { exchange } from "./exchange.ts";
import { GREETING } from "./small_talk.ts";

const SHARE_OF_GREETINGS = 0.06;
const SHARE_OF_FILMS = 0.3;

/**
 * Widens what dialogues understand: some begin with a greeting, and in some the movies are films.
 *
 * @param dialogues What was said.
 * @param random Where choices come from.
 */
export function composeDialogues(
  dialogues: readonly Conversation[],
  random: Random,
): Conversation[] {
  return dialogues.map(({ topics, messages }) => {
    const isFilm = random.next() < SHARE_OF_FILMS;
    const isGreeted = random.next() < SHARE_OF_GREETINGS;
    return {
      topics,
      messages: [
        ...(isGreeted ? exchange(GREETING, random) : []),
        ...messages.map(({ role, content }) => ({
          role,
          content: isFilm ? sayFilm(content) : content,
        })),
      ],
    };
  });
}

function sayFilm(text: string): string {
  return text.replaceAll(/\bmovie(?=s?\b)/g, "film");
}
