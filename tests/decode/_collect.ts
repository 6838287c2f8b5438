import type { Chunk, GenerateStatistics } from "../../mod.ts";

/** Runs a generation to its end. */
export async function collect(
  generator: AsyncGenerator<Chunk, GenerateStatistics>,
): Promise<{ chunks: Chunk[]; statistics: GenerateStatistics }> {
  const chunks: Chunk[] = [];
  let next = await generator.next();
  while (!next.done) {
    chunks.push(next.value);
    next = await generator.next();
  }
  return { chunks, statistics: next.value };
}
