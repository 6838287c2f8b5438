import { ApiError } from "./api_error.ts";
import { encodePlain } from "../text/encode_plain.ts";
import type { Exchange } from "./exchange.ts";
import type { Fields } from "./fields.ts";
import { messageIds, textIds } from "./prompt_ids.ts";
import { readBody } from "./read_body.ts";
import { readMessages } from "./read_messages.ts";
import { readGeneration } from "./read_generation.ts";
import type { HandlerLimits } from "./handler_options.ts";
import type { DraftTree, SamplingOptions } from "../decode/mod.ts";
import type { ServedModel } from "./served_model.ts";
import type { Service } from "./service.ts";
import { tokenText } from "./token_text.ts";

/** Answers `POST /v1/draft_tree`: what the drafter proposes behind a prompt, and what the model accepts of it. */
export async function answerDraftTree(
  service: Service,
  exchange: Exchange,
): Promise<Response> {
  const { limits } = service;
  const fields = await readBody(exchange.request, limits);
  const { model, admission } = service.modelOf(fields);
  exchange.notes.model = model.id;
  if (model.drafter === null) {
    throw new ApiError(`The model '${model.id}' has no drafter.`, {
      status: 400,
      param: "model",
      code: "no_drafter",
    });
  }
  const ids = readPrompt(fields, model, limits);
  const { options, seed } = readGeneration(fields, {
    limits,
    vocabSize: model.config.vocabSize,
    tokenLimits: ["max_completion_tokens", "max_tokens"],
  });
  fields.finish();
  using _place = await admission.enter(exchange.signal);
  // When the text would end is of no interest to one round of it.
  const { stop: _, maxTokens: _most, ignoreEos: _on, ...sampling } = options;
  const tree = await draftTree(model, ids, { ...sampling, seed });
  exchange.signal.throwIfAborted();
  return Response.json(describeTree(model, tree));
}

function readPrompt(
  fields: Fields,
  model: ServedModel,
  { maxMessages, maxPromptTokens }: HandlerLimits,
): readonly number[] {
  if (fields.any("messages") === undefined) {
    const prompt = fields.requiredString("prompt");
    return textIds(model, prompt, { param: "prompt", maxPromptTokens });
  }
  const messages = readMessages(fields, maxMessages);
  const limits = { param: "messages", maxPromptTokens };
  const last = messages.at(-1);
  if (last?.role !== "assistant") return messageIds(model, messages, limits);
  // What the model has said so far is continued.
  const asked = messageIds(model, messages.slice(0, -1), limits);
  const said = encodePlain(last.content ?? "", model.tokenizer);
  return textIds(model, [...asked, ...said], limits);
}

async function draftTree(
  model: ServedModel,
  ids: readonly number[],
  sampling: SamplingOptions,
): Promise<DraftTree> {
  try {
    return await model.draftTree(ids, sampling);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // There is no tree where the text ends with its next token.
    throw new ApiError(error.message, { status: 400, code: "no_draft_tree" });
  }
}

function describeTree(model: ServedModel, { nodes, next }: DraftTree): object {
  const textOf = (token: number): string => tokenText(model.tokenizer, token);
  const accepted = nodes.filter(({ isAccepted }) => isAccepted);
  return {
    nodes: nodes.map((
      { token, parent, score, depth, branch, isAccepted },
      id,
    ) => ({
      id,
      parent,
      token,
      text: textOf(token),
      score,
      level: depth,
      branch,
      accepted: isAccepted,
    })),
    committed: [...accepted.map(({ token }) => token), next]
      .map((token) => ({ token, text: textOf(token) })),
  };
}
