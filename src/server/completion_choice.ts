import type { Chunk, GenerateStatistics } from "../decode/mod.ts";
import { type DraftNote, DraftNotes } from "./draft_notes.ts";
import { type FinishReason, finishReason } from "./finish_reason.ts";
import {
  joinLogProbs,
  LegacyLogProbReader,
  type LegacyLogProbs,
} from "./legacy_log_probs.ts";
import type { CompletionRequest } from "./read_completion_request.ts";
import type { ServedModel } from "./served_model.ts";

/** What a piece adds to a completion. */
export interface CompletionDelta {
  /** Text that is added. */
  readonly text: string;
  /** How likely its tokens were; null where that was not asked for. */
  readonly logprobs: LegacyLogProbs | null;
  /** What is said of its drafts; null where that was not asked for. */
  readonly drafts: DraftNote | null;
}

/** A completion, put together piece by piece. */
export class CompletionChoice {
  /** What it begins with: the prompt, where that was asked for. */
  readonly echo: string;
  readonly #logProbs: LegacyLogProbReader | null;
  readonly #drafts: DraftNotes | null;
  readonly #pieces: LegacyLogProbs[] = [];
  #text: string;
  #finishReason: FinishReason = "stop";

  /**
   * Begins a completion.
   *
   * @param model Who continues.
   * @param promptIds Ids of what is continued.
   * @param request What was asked for.
   */
  constructor(
    model: ServedModel,
    promptIds: readonly number[],
    request: CompletionRequest,
  ) {
    const { tokenizer } = model;
    this.echo = request.echoes ? tokenizer.decode(promptIds) : "";
    this.#text = this.echo;
    this.#logProbs = request.options.logProbs === true
      ? new LegacyLogProbReader(model, promptIds)
      : null;
    this.#drafts = request.includesDrafts
      ? new DraftNotes(tokenizer, promptIds)
      : null;
  }

  /** Why it ended. */
  get finishReason(): FinishReason {
    return this.#finishReason;
  }

  /** Takes the next piece, and says what it adds. */
  push(chunk: Chunk): CompletionDelta {
    this.#text += chunk.text;
    const logprobs = this.#logProbs?.push(chunk) ?? null;
    if (logprobs !== null) this.#pieces.push(logprobs);
    return {
      text: chunk.text,
      logprobs,
      drafts: this.#drafts?.push(chunk) ?? null,
    };
  }

  /** Takes the end. */
  end({ stop }: GenerateStatistics): void {
    this.#finishReason = finishReason(stop);
  }

  /** The whole completion, as the OpenAI API sends it. */
  toChoice(index: number): object {
    return {
      index,
      text: this.#text,
      logprobs: this.#logProbs === null ? null : joinLogProbs(this.#pieces),
      finish_reason: this.#finishReason,
    };
  }
}
