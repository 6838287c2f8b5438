import type { Chunk, GenerateStatistics } from "../decode/mod.ts";
import type { RunSplitter } from "./drafted_text.ts";

/** Takes a piece of text, and whether it was drafted. */
export type WriteText = (text: string, isDrafted: boolean) => void;

/**
 * Writes a generation's text as it comes.
 *
 * @param chunks The generation.
 * @param write Takes each piece; where it throws, the generation ends and frees what it holds.
 * @param drafted Tells what was drafted, where that is to be seen. Default: nothing counts as drafted.
 * @returns What the generation did.
 */
export async function forwardChunks(
  chunks: AsyncGenerator<Chunk, GenerateStatistics>,
  write: WriteText,
  { drafted = null }: { readonly drafted?: RunSplitter | null } = {},
): Promise<GenerateStatistics> {
  while (true) {
    const { value, done } = await chunks.next();
    if (done) return value;
    const { text } = value;
    const runs = drafted?.push(value) ?? [{ text, isDrafted: false }];
    if (text === "") continue;
    try {
      for (const run of runs) write(run.text, run.isDrafted);
    } catch (error) {
      await chunks.throw(error);
      throw error;
    }
  }
}
