/**
 * Checks a prompt's ids.
 *
 * @param prompt Ids.
 * @param limits Ids that there are, `V`, and most tokens of a sequence, `S`.
 * @throws {RangeError} If there are none or too many, or one is no id.
 */
export function checkPrompt(
  prompt: readonly number[],
  limits: { readonly vocabSize: number; readonly contextLength: number },
): void {
  if (prompt.length === 0) {
    throw new RangeError(
      "Cannot generate as the prompt must have at least one token: it has none",
    );
  }
  if (prompt.length >= limits.contextLength) {
    throw new RangeError(
      `Cannot generate as the prompt must be shorter than the context of ${limits.contextLength} tokens: it has ${prompt.length}`,
    );
  }
  for (const id of prompt) {
    if (!Number.isInteger(id) || id < 0 || id >= limits.vocabSize) {
      throw new RangeError(
        `Cannot generate as prompt ids must be integers in [0, ${
          limits.vocabSize - 1
        }]: ${id}`,
      );
    }
  }
}
