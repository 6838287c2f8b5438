import type { Turn } from "./conversation.ts";
import type { Random } from "../random.ts";
import type { SmallTalk } from "./small_talk.ts";

/** A remark and its answer, in wordings taken at random. */
export function exchange(
  { remarks, answers }: SmallTalk,
  random: Random,
): Turn[] {
  return [
    { role: "user", content: random.pick(remarks) },
    { role: "assistant", content: random.pick(answers) },
  ];
}
