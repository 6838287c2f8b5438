import { loadChatTemplate, Tokenizer } from "../src/text/mod.ts";
import { questionIds } from "../src/chat/question.ts";
import { toQuestion } from "../src/cli/read_prompt.ts";

const BEGINNINGS = ["Once upon a time", "The cat", "One day, Tom", "A dog"];
const REQUESTS = [
  "I'm looking for a restaurant in San Francisco.",
  "Tell me a story about a dog.",
  "I want to see a film tonight. What do you recommend?",
  "I need a flight from New York to Los Angeles.",
];

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
  const texts = chatTemplate === null ? BEGINNINGS : REQUESTS;
  return (asked.length > 0 ? asked : texts).map((text) =>
    questionIds(
      { tokenizer, chatTemplate },
      toQuestion({ chatTemplate }, text, {}),
    )
  );
}
