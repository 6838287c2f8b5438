import type {
  Chunk,
  GenerateOptions,
  GenerateStatistics,
} from "../decode/mod.ts";
import { ApiError } from "./api_error.ts";
import type { Exchange } from "./exchange.ts";
import type { ServedEntry, Service } from "./service.ts";

/** One answer to generate. */
export interface GenerationArgs {
  /** Who answers. */
  readonly entry: ServedEntry;
  /** Ids of the prompt. */
  readonly prompt: readonly number[];
  /** How tokens are chosen and when to end; its signal is the request's. */
  readonly options: GenerateOptions;
  /** Ends the generation before its time. */
  readonly signal: AbortSignal;
  /** Called with each piece of the answer. */
  readonly onChunk: (chunk: Chunk) => void;
}

/**
 * Generates one answer, when there is a place for it to run in.
 *
 * @param service Counts and measures.
 * @param exchange The request.
 * @param args Prompt and options.
 * @returns What the generation did.
 * @throws {ApiError | ServiceError} It was not let in, or was ended.
 */
export async function runGeneration(
  service: Service,
  exchange: Exchange,
  args: GenerationArgs,
): Promise<GenerateStatistics> {
  const { entry, prompt, options, signal, onChunk } = args;
  using _place = await entry.admission.enter(signal);
  const meter = new Meter(service, exchange, entry.model.id);
  try {
    const generation = entry.model.generate(prompt, { ...options, signal });
    let next = await generation.next();
    while (!next.done) {
      meter.push(next.value);
      onChunk(next.value);
      next = await generation.next();
    }
    meter.end(next.value);
    signal.throwIfAborted();
    return next.value;
  } catch (error) {
    // Whatever the end looks like from inside, this is why it came.
    signal.throwIfAborted();
    throw meter.hasBegun ? error : toGrammarError(error, options);
  }
}

/** A grammar is only read where the text is chosen. */
function toGrammarError(error: unknown, options: GenerateOptions): unknown {
  const isRefused = error instanceof RangeError || error instanceof TypeError ||
    error instanceof SyntaxError;
  if (options.grammar === undefined || !isRefused) return error;
  return new ApiError(error.message, {
    status: 400,
    param: options.grammar.kind === "structuralTag"
      ? "tools"
      : "response_format",
    code: "invalid_grammar",
  });
}

/** Counts and measures one answer. */
class Meter {
  readonly #service: Service;
  readonly #exchange: Exchange;
  readonly #labels: { readonly model: string };
  #lastMs: number | null = null;

  constructor(service: Service, exchange: Exchange, model: string) {
    this.#service = service;
    this.#exchange = exchange;
    this.#labels = { model };
  }

  get hasBegun(): boolean {
    return this.#lastMs !== null;
  }

  push({ tokens }: Chunk): void {
    if (tokens.length === 0) return;
    const { firstTokenSeconds, tokenSeconds } = this.#service.metrics;
    const nowMs = performance.now();
    if (this.#lastMs === null) {
      const firstMs = this.#exchange.elapsedMs;
      firstTokenSeconds.observe(this.#labels, firstMs / 1000);
      this.#exchange.notes.firstTokenMs ??= Math.round(firstMs * 10) / 10;
    } else {
      const seconds = (nowMs - this.#lastMs) / 1000 / tokens.length;
      for (const _ of tokens) tokenSeconds.observe(this.#labels, seconds);
    }
    this.#lastMs = nowMs;
  }

  end(statistics: GenerateStatistics): void {
    const { metrics } = this.#service;
    const { notes } = this.#exchange;
    const accepted = sum(statistics.acceptedPerDepth);
    metrics.promptTokens.inc(this.#labels, statistics.promptTokens);
    metrics.cachedTokens.inc(this.#labels, statistics.cachedTokens);
    metrics.completionTokens.inc(this.#labels, statistics.generatedTokens);
    metrics.draftedTokens.inc(this.#labels, statistics.draftedTokens);
    metrics.acceptedTokens.inc(this.#labels, accepted);
    metrics.rounds.inc(this.#labels, statistics.rounds);
    notes.promptTokens = statistics.promptTokens + (notes.promptTokens ?? 0);
    notes.cachedTokens = statistics.cachedTokens + (notes.cachedTokens ?? 0);
    notes.completionTokens = statistics.generatedTokens +
      (notes.completionTokens ?? 0);
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
