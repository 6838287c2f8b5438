import { type ApiTokenLogProbs, tokenLogProbs } from "./token_log_probs.ts";
import type { Chunk, GenerateStatistics } from "../decode/mod.ts";
import { type DraftNote, DraftNotes } from "./draft_notes.ts";
import { type FinishReason, finishReason } from "./finish_reason.ts";
import type { ChatRequest } from "./read_chat_request.ts";
import { MarkedText } from "./marked_text.ts";
import type { ServedModel } from "./served_model.ts";
import { type ToolCallDelta, ToolCallReader } from "./tool_call_reader.ts";

/** What a piece adds to an answer. */
export interface ChatDelta {
  /** Text that is added. */
  readonly content: string;
  /** What is added to calls of tools. */
  readonly calls: readonly ToolCallDelta[];
  /** How likely its tokens were; null where that was not asked for. */
  readonly logprobs: LogProbContent | null;
  /** What is said of its drafts; null where that was not asked for. */
  readonly drafts: DraftNote | null;
}

/** How likely the tokens of a text were. */
export interface LogProbContent {
  /** Each token's. */
  readonly content: readonly ApiTokenLogProbs[];
  /** There are no others. */
  readonly refusal: null;
}

/** A call of a tool, as the OpenAI API sends it. */
interface ToolCall {
  readonly id: string;
  readonly type: "function";
  readonly function: { readonly name: string; readonly arguments: string };
}

/** An answer to a chat, put together piece by piece. */
export class ChatChoice {
  readonly #model: ServedModel;
  readonly #hasLogProbs: boolean;
  readonly #drafts: DraftNotes | null = null;
  readonly #marked: MarkedText | null = null;
  readonly #reader: ToolCallReader | null = null;
  readonly #logProbs: ApiTokenLogProbs[] = [];
  readonly #calls: ToolCall[] = [];
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
    const { tokenizer } = model;
    const { offer } = request;
    this.#model = model;
    this.#hasLogProbs = request.options.logProbs ?? false;
    if (request.includesDrafts) {
      this.#drafts = new DraftNotes(tokenizer, prompt);
    }
    if (offer !== null) {
      this.#reader = new ToolCallReader(offer);
      this.#marked = new MarkedText(tokenizer, {
        promptIds: prompt,
        mark: offer.format.begin,
      });
    }
  }

  /** Why it ended. */
  get finishReason(): FinishReason {
    return this.#finishReason;
  }

  /** Takes the next piece, and says what it adds. */
  push(chunk: Chunk): ChatDelta {
    const { content, calls } = this.#reader?.push(
      this.#marked?.push(chunk) ?? chunk.text,
    ) ?? { content: chunk.text, calls: [] };
    this.#content += content;
    for (const call of calls) this.#add(call);
    const logProbs = this.#hasLogProbs ? tokenLogProbs(this.#model, chunk) : [];
    this.#logProbs.push(...logProbs);
    return {
      content,
      calls,
      logprobs: this.#hasLogProbs ? { content: logProbs, refusal: null } : null,
      drafts: this.#drafts?.push(chunk) ?? null,
    };
  }

  /**
   * Takes the end.
   *
   * @param statistics What the generation did.
   * @returns Text that was held back, as it might have been a call.
   */
  end({ stop }: GenerateStatistics): string {
    const reason = finishReason(stop);
    const rest = this.#reader?.end() ?? "";
    this.#content += rest;
    this.#finishReason = reason === "stop" && this.#calls.length > 0
      ? "tool_calls"
      : reason;
    return rest;
  }

  /** The whole answer, as the OpenAI API sends it. */
  toChoice(index: number): object {
    const isSilent = this.#content === "" && this.#calls.length > 0;
    return {
      index,
      message: {
        role: "assistant",
        content: isSilent ? null : this.#content,
        refusal: null,
        ...this.#calls.length === 0 ? {} : { tool_calls: this.#calls },
      },
      logprobs: this.#hasLogProbs
        ? { content: this.#logProbs, refusal: null }
        : null,
      finish_reason: this.#finishReason,
    };
  }

  #add({ index, id, function: added }: ToolCallDelta): void {
    const call = this.#calls[index];
    this.#calls[index] = {
      id: call?.id ?? id ?? "",
      type: "function",
      function: {
        name: call?.function.name ?? added.name ?? "",
        arguments: (call?.function.arguments ?? "") + added.arguments,
      },
    };
  }
}
