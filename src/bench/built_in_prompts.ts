const BEGINNINGS = ["Once upon a time", "The cat", "One day, Tom", "A dog"];
const REQUESTS = [
  "I'm looking for a restaurant in San Francisco.",
  "Tell me a story about a dog.",
  "I want to see a film tonight. What do you recommend?",
  "I need a flight from New York to Los Angeles.",
];

/**
 * Gives a few prompts that suit the models that come along.
 *
 * @param hasTemplate Whether the model answers messages, or else goes on with texts.
 * @returns Requests, or beginnings of stories.
 */
export function builtInPrompts(hasTemplate: boolean): readonly string[] {
  return hasTemplate ? REQUESTS : BEGINNINGS;
}
