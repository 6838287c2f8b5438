import { countCommon } from "./count_common.ts";
import type { Session } from "./session.ts";

/**
 * Counts the ids that need no pass. At least one of the prompt is left to make logits from, and a drafter,
 * which reads each hidden state together with the token behind it, wants the last one that is shared again.
 *
 * @param session Session in the gear that it begins with.
 * @param prompt Ids.
 * @returns How many of the prompt's first ids are in its caches.
 */
export function countReused(
  session: Session,
  prompt: readonly number[],
): number {
  const numCommon = countCommon(session.cachedTokens, prompt);
  const numShared = Math.min(numCommon, prompt.length - 1);
  if (session.gear === 0) return numShared;
  return Math.max(0, Math.min(numShared, session.numDrafterCached) - 1);
}
