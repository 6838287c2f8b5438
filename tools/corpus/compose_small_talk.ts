import type { Random } from "../random.ts";
import type { Conversation } from "./conversation.ts";
import { exchange } from "./exchange.ts";
import { ABOUT_ITSELF, FAREWELL, GREETING } from "./small_talk.ts";

/**
 * Makes conversations about the model itself.
 *
 * @param count How many.
 * @param random Where choices come from.
 */
export function composeSmallTalk(
  count: number,
  random: Random,
): Conversation[] {
  return Array.from({ length: count }, () => ({
    topics: ["questions"],
    messages: [
      ...(random.next() < 0.4 ? exchange(GREETING, random) : []),
      ...random.shuffle(ABOUT_ITSELF).slice(0, 1 + random.below(2))
        .flatMap((talk) => exchange(talk, random)),
      ...(random.next() < 0.4 ? exchange(FAREWELL, random) : []),
    ],
  }));
}
