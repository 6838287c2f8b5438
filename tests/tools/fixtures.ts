import type { Conversation } from "../../tools/corpus/conversation.ts";

/** Stories enough to learn a few hundred merges from. */
export const STORIES: readonly string[] = Array.from(
  { length: 60 },
  (_, index) => {
    const name = ["Lily", "Tim", "Sue", "Max", "Anna"][index % 5];
    const animal = ["fish", "dog", "bird", "octopus"][index % 4];
    const thing = ["ball", "kite", "boat"][index % 3];
    return `Once upon a time, there was a little ${animal} named ${name}. ` +
      `${name} lost the ${thing}. "Where is the ${thing}?" ${name} asked ${index} times.\n` +
      `A friend found the ${thing}. They played and were happy.`;
  },
);

/** Dialogues enough to learn a few hundred merges from. */
export const DIALOGUES: readonly Conversation[] = Array.from(
  { length: 120 },
  (_, index) => ({
    topics: ["restaurants"],
    messages: [
      { role: "user", content: `I'm looking for a movie in city ${index}.` },
      {
        role: "assistant",
        content: `How about the movie of ${index % 12}:30 pm? It's $${index}.`,
      },
      { role: "user", content: "That sounds good, thanks." },
      { role: "assistant", content: "You're welcome. Have a great day!" },
    ],
  }),
);
