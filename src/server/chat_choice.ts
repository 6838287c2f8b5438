import { type ApiTokenLogProbs, tokenLogProbs } from "./token_log_probs.ts";
import { type DraftNote, DraftNotes } from "./draft_notes.ts";
import { type FinishReason, finishReason } from "./finish_reason.ts";
import type { ChatRequest } from "./read_chat_request.ts";
import type { Chunk, GenerateStatistics } from "../decode/mod.ts";
import type { ServedModel } from "./served_model.ts";

/** What a piece adds to an answer. */
export interface ChatDelta {
  /** Text that is added. */
  readonly content: string;
  /** How likely its tokens were; null where that was not asked for. */
  readonly logprobs: LogProbContent | null;
  /** What is said of its drafts; null where that was not asked for. */
  readonly drafts: DraftNote | null;
}

/** How likely the tokens of a text were. */
export interface LogProbContent {
  readonly content: readonly ApiTokenLogProbs[];
  readonly refusal: null;
}

/** An answer to a chat, put together piece by piece. */
export class ChatChoice {
  readonly #model: ServedModel;
  readonly #hasLogProbs: boolean;
  readonly #drafts: DraftNotes | null;
  readonly #logProbs: ApiTokenLogProbs[] = [];
  #content = "";
  #finishReason: FinishReason = "stop";

  /**
   * Begins an answer.
   *
   * @param model Who answers.
   * @param prompt Ids of what is answered.
   * @param request What was asked for.
   */
  constructor(
    model: ServedModel,
    prompt: readonly number[],
    request: ChatRequest,
  ) {
    this.#model = model;
    this.#hasLogProbs = request.options.logProbs ?? false;
    this.#drafts = request.includesDrafts
      ? new DraftNotes(model.tokenizer, prompt)
      : null;
  }

  /** Why it ended. */
  get finishReason(): FinishReason {
    return this.#finishReason;
  }

  /** Takes the next piece, and says what it adds. */
  push(chunk: Chunk): ChatDelta {
    this.#content += chunk.text;
    const content = this.#hasLogProbs ? tokenLogProbs(this.#model, chunk) : [];
    this.#logProbs.push(...content);
    return {
      content: chunk.text,
      logprobs: this.#hasLogProbs ? { content, refusal: null } : null,
      drafts: this.#drafts?.push(chunk) ?? null,
    };
  }

  /** Takes the end. */
  end({ stop }: GenerateStatistics): void {
    this.#finishReason = finishReason(stop);
  }

  /** The whole answer, as the OpenAI API sends it. */
  toChoice(index: number): object {
    return {
      index,
      message: { role: "assistant", content: this.#content, refusal: null },
      logprobs: this.#hasLogProbs
        ? { content: this.#logProbs, refusal: null }
        : null,
      finish_reason: this.#finishReason,
    };
  }
}
