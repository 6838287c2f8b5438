import { loadChatTemplate, Tokenizer } from "../src/text/mod.ts";
import { builtInPrompts } from "../src/bench/mod.ts";
import { questionIds } from "../src/chat/question.ts";
import { toQuestion } from "../src/cli/read_prompt.ts";

/**
 * Turns prompts into ids, as `generate` does: a model with a chat template answers them, another goes on with them.
 *
 * @param directory The model, with its tokenizer.
 * @param asked The prompts; none: four requests, or beginnings of stories where there is no template.
 * @returns The ids of each.
 */
export async function readPrompts(
  directory: string | URL,
  asked: readonly string[],
): Promise<readonly (readonly number[])[]> {
  const tokenizer = await Tokenizer.load(directory);
  const chatTemplate = await loadChatTemplate(directory);
  const texts = builtInPrompts(chatTemplate !== null);
  return (asked.length > 0 ? asked : texts).map((text) =>
    questionIds(
      { tokenizer, chatTemplate },
      toQuestion({ chatTemplate }, text, {}),
    )
  );
}
