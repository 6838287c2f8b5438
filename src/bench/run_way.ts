import type { GenerateOptions, GenerateStatistics } from "../decode/mod.ts";
import type { OpenedWay } from "../decode/open_way.ts";

/**
 * Generates in one way, from an empty cache.
 *
 * @param way The way.
 * @param prompt Ids.
 * @param options How to choose tokens and when to end.
 * @returns What the generation did.
 */
export async function runWay(
  { model, session }: Pick<OpenedWay, "model" | "session">,
  prompt: readonly number[],
  options: GenerateOptions,
): Promise<GenerateStatistics> {
  // What is left over from the prompt before would make the first token come sooner.
  session.cachedTokens = [];
  const chunks = model.generate(prompt, options);
  let next = await chunks.next();
  while (!next.done) next = await chunks.next();
  return next.value;
}
