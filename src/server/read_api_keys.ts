/**
 * Reads API keys, one a line; empty lines and those that begin with `#` are none.
 *
 * @param text What a file holds.
 * @param name The file, as error messages name it.
 * @returns The keys.
 * @throws {RangeError} There is none: whoever asks for keys wants some.
 */
export function readApiKeys(text: string, name: string): readonly string[] {
  const keys = text.split("\n").map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  if (keys.length > 0) return keys;
  throw new RangeError(
    `Cannot read API keys from ${
      JSON.stringify(name)
    } as one must be in it, one a line: there is none`,
  );
}
