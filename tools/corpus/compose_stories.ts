import type { Random } from "../random.ts";
import type { Conversation, Turn } from "./conversation.ts";
import { exchange } from "./exchange.ts";
import { FAREWELL, GREETING } from "./small_talk.ts";
import {
  MORE_REQUESTS,
  STORY_REQUESTS,
  SUBJECT_REQUESTS,
} from "./story_requests.ts";
import { storySubjects } from "./story_subjects.ts";

const SHARE_OF_SUBJECTS = 0.75;
const SHARE_OF_GREETINGS = 0.1;
const SHARE_OF_FAREWELLS = 0.25;
const SHARE_OF_PAIRS = 0.2;

/**
 * Makes conversations of stories: somebody asks for one, for what it is about if that can be told, and
 * gets it. Some greet before, some thank behind, some ask for another.
 *
 * @param stories Each is told once.
 * @param random Where choices come from.
 */
export function composeStories(
  stories: readonly string[],
  random: Random,
): Conversation[] {
  const conversations: Conversation[] = [];
  const rest = random.shuffle(stories);
  for (let story = rest.pop(); story !== undefined; story = rest.pop()) {
    const messages = [
      ...(random.next() < SHARE_OF_GREETINGS ? exchange(GREETING, random) : []),
      ...tell(story, random),
    ];
    const isPair = random.next() < SHARE_OF_PAIRS;
    const next = isPair ? rest.pop() : undefined;
    if (next !== undefined) messages.push(...tellMore(next, random));
    if (random.next() < SHARE_OF_FAREWELLS) {
      messages.push(...exchange(FAREWELL, random));
    }
    conversations.push({ topics: ["short stories"], messages });
  }
  return conversations;
}

function tell(story: string, random: Random): Turn[] {
  const subjects = storySubjects(story);
  const request = subjects.length > 0 && random.next() < SHARE_OF_SUBJECTS
    ? random.pick(SUBJECT_REQUESTS).replace("SUBJECT", random.pick(subjects))
    : random.pick(STORY_REQUESTS);
  return [
    { role: "user", content: request },
    { role: "assistant", content: story },
  ];
}

function tellMore(story: string, random: Random): Turn[] {
  if (random.next() < 0.5) return tell(story, random);
  return [
    { role: "user", content: random.pick(MORE_REQUESTS) },
    { role: "assistant", content: story },
  ];
}
