import type { Chunk, GenerateStatistics } from "../decode/mod.ts";
import type { WireGenerateOptions } from "./worker_protocol.ts";
import type { WorkerLink } from "./worker_link.ts";

/**
 * Generates in a Worker. What the reader has not taken is at most as much as the protocol lets a Worker send ahead.
 *
 * @param link The Worker.
 * @param args The prompt's ids, options, and what ends the generation.
 * @returns Chunks, then the statistics.
 * @throws As the model's own `generate` does; {@linkcode ServiceError} if the Worker ends.
 */
export async function* workerGeneration(
  link: WorkerLink,
  args: {
    readonly prompt: readonly number[];
    readonly options: WireGenerateOptions;
    readonly signal: AbortSignal | undefined;
  },
): AsyncGenerator<Chunk, GenerateStatistics> {
  const { signal, ...call } = args;
  const chunks: Chunk[] = [];
  let isEnded = false;
  let news = Promise.withResolvers<void>();
  const started = link.call({ name: "generate", ...call }, (chunk) => {
    chunks.push(chunk);
    news.resolve();
  });
  const end = (): void => {
    isEnded = true;
    news.resolve();
  };
  started.result.then(end, end);
  signal?.addEventListener("abort", started.abort);
  if (signal?.aborted) started.abort();
  try {
    for (;;) {
      const chunk = chunks.shift();
      if (chunk !== undefined) {
        yield chunk;
        started.take();
      } else if (isEnded) {
        return await started.result;
      } else {
        await news.promise;
        news = Promise.withResolvers();
      }
    }
  } finally {
    signal?.removeEventListener("abort", started.abort);
    // Of one that has ended, nothing is told.
    started.abort();
  }
}
