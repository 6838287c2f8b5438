import type { Exchange } from "./exchange.ts";
import { messageIds, textIds } from "./prompt_ids.ts";
import { readBody } from "./read_body.ts";
import { readIds } from "./read_prompts.ts";
import { readMessages } from "./read_messages.ts";
import { refuseMissing } from "./field_errors.ts";
import type { Service } from "./service.ts";

/** Answers `POST /tokenize`: ids of a text, or of a conversation as the model is given it. */
export async function answerTokenize(
  service: Service,
  exchange: Exchange,
): Promise<Response> {
  const { limits } = service;
  const fields = await readBody(exchange.request, limits);
  const { model } = service.modelOf(fields);
  exchange.notes.model = model.id;
  const isChat = fields.any("messages") !== undefined;
  const messages = isChat ? readMessages(fields, limits.maxMessages) : [];
  const prompt = isChat ? "" : fields.requiredString("prompt");
  const addSpecialTokens = fields.boolean("add_special_tokens") ?? true;
  fields.finish();
  const { maxPromptTokens } = limits;
  const tokens = isChat
    ? messageIds(model, messages, { param: "messages", maxPromptTokens })
    : textIds(model, prompt, {
      param: "prompt",
      maxPromptTokens,
      addSpecialTokens,
    });
  return Response.json({
    count: tokens.length,
    max_model_len: model.contextLength,
    tokens,
  });
}

/** Answers `POST /detokenize`: the text of ids. */
export async function answerDetokenize(
  service: Service,
  exchange: Exchange,
): Promise<Response> {
  const fields = await readBody(exchange.request, service.limits);
  const { model } = service.modelOf(fields);
  exchange.notes.model = model.id;
  const given = fields.any("tokens") ?? refuseMissing("tokens");
  const tokens = readIds("tokens", given, model.config.vocabSize);
  fields.finish();
  const prompt = model.tokenizer.decode(tokens, { skipSpecialTokens: false });
  return Response.json({ prompt });
}
