import type { Chunk, GenerateStatistics } from "../decode/mod.ts";
import type { Exchange } from "./exchange.ts";
import type { GenerationRequest } from "./read_generation.ts";
import { refuseValue } from "./field_errors.ts";
import { runGeneration } from "./run_generation.ts";
import type { ServedEntry, Service } from "./service.ts";
import { wrapSeed } from "./read_sampling.ts";

/** What becomes of one answer. */
export interface ChoiceSink {
  /** Takes the next piece. */
  readonly push: (chunk: Chunk) => void;
  /** Takes the end. */
  readonly end: (statistics: GenerateStatistics) => void;
}

/** Which answers are generated. */
export interface ChoicesArgs<Sink extends ChoiceSink> {
  /** Who answers. */
  readonly entry: ServedEntry;
  /** Ids of each prompt. */
  readonly prompts: readonly (readonly number[])[];
  /** What is asked for. */
  readonly request: GenerationRequest;
  /** Says what becomes of the answer of an index. */
  readonly open: (index: number, prompt: readonly number[]) => Sink;
}

/**
 * Generates all answers that a request asks for, side by side; where one fails, the others end.
 *
 * @param service Counts and measures.
 * @param exchange The request.
 * @param args Who answers, prompts, what is asked for, and what becomes of the answer of an index.
 * @returns For each prompt, what the generations of its answers did.
 * @throws {ApiError | ServiceError} There are more than could ever be let in, or one was not, or was ended.
 */
export async function runChoices(
  service: Service,
  exchange: Exchange,
  args: ChoicesArgs<ChoiceSink>,
): Promise<readonly (readonly GenerateStatistics[])[]> {
  const { entry, prompts, request, open } = args;
  const { numChoices, options, seed } = request;
  checkNumber(entry, prompts.length, numChoices);
  const failed = new AbortController();
  const signal = AbortSignal.any([exchange.signal, failed.signal]);
  const run = async (index: number): Promise<GenerateStatistics> => {
    const prompt = prompts[Math.floor(index / numChoices)] ?? [];
    const sink = open(index, prompt);
    try {
      const statistics = await runGeneration(service, exchange, {
        entry,
        prompt,
        options: { ...options, seed: wrapSeed(seed + index % numChoices) },
        signal,
        onChunk: (chunk) => sink.push(chunk),
      });
      sink.end(statistics);
      return statistics;
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  };
  const indices = Array.from(
    { length: prompts.length * numChoices },
    (_, index) => index,
  );
  const settled = await Promise.allSettled(indices.map(run));
  failed.signal.throwIfAborted();
  const answers = settled.flatMap((result) =>
    result.status === "fulfilled" ? [result.value] : []
  );
  return prompts.map((_, index) =>
    answers.slice(index * numChoices, (index + 1) * numChoices)
  );
}

/** Those for which there will never be places would be told to come again for ever. */
function checkNumber(
  { admission: { capacity } }: ServedEntry,
  numPrompts: number,
  numChoices: number,
): void {
  const numAnswers = numPrompts * numChoices;
  if (numAnswers <= capacity) return;
  refuseValue(numPrompts > 1 ? "prompt" : "n", {
    rule: `at most ${capacity} answers, which is how many may run and wait`,
    found: numAnswers,
    code: "integer_above_max_value",
  });
}
