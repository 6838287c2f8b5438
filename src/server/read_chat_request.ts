import { ApiError } from "./api_error.ts";
import type { ChatMessage } from "../text/mod.ts";
import type { Fields } from "./fields.ts";
import { type GenerationRequest, readGeneration } from "./read_generation.ts";
import type { HandlerLimits } from "./handler_options.ts";
import { readMessages } from "./read_messages.ts";
import { readNeutral } from "./read_neutral.ts";
import { readResponseFormat } from "./read_response_format.ts";
import { readTools, type ToolOffer } from "./read_tools.ts";
import { refuseUnsupported } from "./field_errors.ts";
import type { ServedModel } from "./served_model.ts";
import { toolGrammar } from "./tool_grammar.ts";

/** What a chat asks for. */
export interface ChatRequest extends GenerationRequest {
  /** The conversation. */
  readonly messages: readonly ChatMessage[];
  /** Tools that may be called; null where there are none. */
  readonly offer: ToolOffer | null;
}

/** Most that the OpenAI API tells of what else could have been. */
const MAX_TOP = 20;

/**
 * Reads the body of a chat.
 *
 * @param fields Its fields.
 * @param model Who is to answer.
 * @param limits Bounds.
 * @returns What is asked for.
 * @throws {ApiError} A field is unknown, or is not what it must be.
 */
export function readChatRequest(
  fields: Fields,
  model: ServedModel,
  limits: HandlerLimits,
): ChatRequest {
  const messages = readMessages(fields, limits.maxMessages);
  const { options, ...request } = readGeneration(fields, {
    limits,
    vocabSize: model.config.vocabSize,
    tokenLimits: ["max_completion_tokens", "max_tokens"],
  });
  const offer = readTools(fields, model, limits.maxTools);
  const format = readResponseFormat(fields);
  const grammar = offer?.isForced ? toolGrammar(offer) : format;
  if (offer !== null && !offer.isForced && format !== null) {
    refuseUnsupported(
      "response_format",
      "cannot be combined with 'tools' that may be called or not",
    );
  }
  if (grammar !== null && options.ignoreEos) {
    refuseUnsupported(
      "ignore_eos",
      "cannot be combined with what says when an answer is complete",
    );
  }
  const logProbs = readLogProbs(fields);
  readNeutral(fields);
  fields.finish();
  return {
    ...request,
    messages,
    offer,
    options: {
      ...options,
      ...logProbs,
      ...grammar === null ? {} : { grammar },
    },
  };
}

function readLogProbs(
  fields: Fields,
): { readonly logProbs: boolean; readonly topLogProbs: number } {
  const logProbs = fields.boolean("logprobs") ?? false;
  const topLogProbs = fields.number("top_logprobs", {
    min: 0,
    max: MAX_TOP,
    isInteger: true,
  });
  if (topLogProbs !== undefined && !logProbs) {
    throw new ApiError(
      "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.",
      { status: 400, param: "top_logprobs", code: "invalid_value" },
    );
  }
  return { logProbs, topLogProbs: topLogProbs ?? 0 };
}
