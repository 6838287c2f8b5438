import { ApiError } from "./api_error.ts";
import type {
  ChatMessage,
  EncodeChatOptions,
  EncodeOptions,
} from "../text/mod.ts";
import type { ServedModel } from "./served_model.ts";

/** A token has fewer characters on average in any text; more are not worth encoding to see that they are too many. */
const CHARACTERS_PER_TOKEN = 32;

/** How long a prompt may be. */
export interface PromptLimits {
  /** The field that holds it, as errors name it. */
  readonly param: string;
  /** Tokens that it may have, whatever the model's context holds. */
  readonly maxPromptTokens: number;
}

/**
 * Turns a conversation into ids. Special tokens that messages hold are text.
 *
 * @param model The model.
 * @param messages The conversation.
 * @param options Limits, tools that the model may call, and what its answer begins with.
 * @returns Ids.
 * @throws {ApiError} The model has no chat template, or refuses the messages, or they are too long.
 */
export function messageIds(
  model: ServedModel,
  messages: readonly ChatMessage[],
  options: PromptLimits & Omit<EncodeChatOptions, "tokenizer">,
): readonly number[] {
  const { tools = [] } = options;
  const numCharacters = JSON.stringify([messages, tools]).length;
  checkCharacters(numCharacters, model, options);
  const ids = encode(model, messages, options);
  checkTokens(ids, model, options);
  return ids;
}

function encode(
  { id, chatTemplate, tokenizer }: ServedModel,
  messages: readonly ChatMessage[],
  { param, ...options }: PromptLimits & Omit<EncodeChatOptions, "tokenizer">,
): readonly number[] {
  if (chatTemplate === null) {
    throw new ApiError(
      `The model '${id}' has no chat template: use /v1/completions.`,
      { status: 400, param: "model", code: "no_chat_template" },
    );
  }
  try {
    return chatTemplate.encode(messages, { tokenizer, ...options });
  } catch (error) {
    const isRefused = error instanceof RangeError || error instanceof TypeError;
    if (!isRefused) throw error;
    throw new ApiError(error.message, {
      status: 400,
      param,
      code: "invalid_value",
    });
  }
}

/**
 * Turns a text that is to be continued into ids, special tokens in it included.
 *
 * @param model The model.
 * @param prompt Text, or ids.
 * @param limits How long it may be, and whether special tokens are put round it.
 * @returns Ids.
 * @throws {ApiError} It is empty or too long.
 */
export function textIds(
  model: ServedModel,
  prompt: string | readonly number[],
  limits: PromptLimits & EncodeOptions,
): readonly number[] {
  if (typeof prompt !== "string") {
    checkTokens(prompt, model, limits);
    return prompt;
  }
  checkCharacters(prompt.length, model, limits);
  const ids = model.tokenizer.encode(prompt, limits);
  checkTokens(ids, model, limits);
  return ids;
}

function checkCharacters(
  numCharacters: number,
  model: ServedModel,
  limits: PromptLimits,
): void {
  const maxTokens = maxPromptTokens(model, limits);
  if (numCharacters <= maxTokens * CHARACTERS_PER_TOKEN) return;
  throw tooLong(`it has ${numCharacters} characters`, { model, limits });
}

function checkTokens(
  ids: readonly number[],
  model: ServedModel,
  limits: PromptLimits,
): void {
  if (ids.length === 0) {
    throw new ApiError(
      `Invalid value for '${limits.param}': expected at least one token, but got none.`,
      { status: 400, param: limits.param, code: "empty_prompt" },
    );
  }
  if (ids.length <= maxPromptTokens(model, limits)) return;
  throw tooLong(`it has ${ids.length} tokens`, { model, limits });
}

/** The text needs the place of one token at least. */
function maxPromptTokens(model: ServedModel, limits: PromptLimits): number {
  return Math.min(limits.maxPromptTokens, model.contextLength - 1);
}

function tooLong(
  found: string,
  { model, limits }: {
    readonly model: ServedModel;
    readonly limits: PromptLimits;
  },
): ApiError {
  const most = maxPromptTokens(model, limits);
  return new ApiError(
    `This model's maximum context length is ${model.contextLength} tokens, and a prompt may have ${most}: ${found}. ` +
      "Please reduce its length.",
    { status: 400, param: limits.param, code: "context_length_exceeded" },
  );
}
