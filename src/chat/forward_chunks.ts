import type { Chunk, GenerateStatistics } from "../decode/mod.ts";

/**
 * Writes a generation's text as it comes.
 *
 * @param chunks The generation.
 * @param write Takes each piece; where it throws, the generation ends and frees what it holds.
 * @returns What the generation did.
 */
export async function forwardChunks(
  chunks: AsyncGenerator<Chunk, GenerateStatistics>,
  write: (text: string) => void,
): Promise<GenerateStatistics> {
  while (true) {
    const { value, done } = await chunks.next();
    if (done) return value;
    if (value.text === "") continue;
    try {
      write(value.text);
    } catch (error) {
      await chunks.throw(error);
      throw error;
    }
  }
}
