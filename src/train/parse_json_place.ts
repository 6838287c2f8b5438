/**
 * Parses JSON that is part of a file.
 *
 * @param text The JSON.
 * @param place Where it is, as messages say it.
 * @returns Its value.
 * @throws {SyntaxError} If it is not JSON.
 */
export function parseJsonPlace(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    throw new SyntaxError(
      `Cannot read ${place} as it must be JSON: ${
        found.replaceAll(/\s+/g, " ")
      }`,
    );
  }
}
