import { ChatChoice, type ChatDelta } from "./chat_choice.ts";
import { type ChatRequest, readChatRequest } from "./read_chat_request.ts";
import type { ServedEntry, Service } from "./service.ts";
import { answerHead } from "./answer_head.ts";
import { answerWhole } from "./answer_whole.ts";
import { countUsage } from "./usage.ts";
import type { Exchange } from "./exchange.ts";
import { messageIds } from "./prompt_ids.ts";
import { readBody } from "./read_body.ts";
import { runChoices } from "./run_choices.ts";
import { streamEvents } from "./event_stream.ts";

/** Answers `POST /v1/chat/completions`. */
export async function answerChat(
  service: Service,
  exchange: Exchange,
): Promise<Response> {
  const { limits } = service;
  const fields = await readBody(exchange.request, limits);
  const entry = service.modelOf(fields);
  const { model } = entry;
  exchange.notes.model = model.id;
  const request = readChatRequest(fields, model, limits);
  const { messages, offer } = request;
  if (service.logsPrompts) exchange.notes.prompt = JSON.stringify(messages);
  const { maxPromptTokens } = limits;
  const prompt = messageIds(model, messages, {
    param: "messages",
    maxPromptTokens,
    tools: offer?.templates ?? [],
    // The grammar of a call has its object alone; the marks before it are the template's.
    beginning: offer?.isForced ? offer.format.beforeCall : "",
  });
  const chat = { entry, request, prompts: [prompt] };
  return request.isStreaming
    ? await streamChat(service, exchange, chat)
    : await answerWhole(service, exchange, {
      ...chat,
      kind: { prefix: "chatcmpl", object: "chat.completion" },
      open: (_, prompt) => new ChatChoice(model, prompt, request),
    });
}

/** A chat that is to be answered. */
interface Chat {
  readonly entry: ServedEntry;
  readonly request: ChatRequest;
  readonly prompts: readonly (readonly number[])[];
}

async function streamChat(
  service: Service,
  exchange: Exchange,
  chat: Chat,
): Promise<Response> {
  const { entry, request } = chat;
  const head = answerHead(entry, {
    prefix: "chatcmpl",
    object: "chat.completion.chunk",
  });
  const noUsage = request.includesUsage ? { usage: null } : {};
  return await streamEvents(exchange, async (send) => {
    const sendChoice = (choice: object, more: object = {}): void =>
      send({ ...head, choices: [choice], ...noUsage, ...more });
    const answers = await runChoices(service, exchange, {
      ...chat,
      open: (index, prompt) => {
        const choice = new ChatChoice(entry.model, prompt, request);
        let hasRole = false;
        const begin = (): void => {
          if (hasRole) return;
          hasRole = true;
          const delta = { role: "assistant", content: "", refusal: null };
          sendChoice({ index, delta, logprobs: null, finish_reason: null });
        };
        const sendDelta = (added: ChatDelta): void => {
          const { content, calls, logprobs, drafts } = added;
          const delta = {
            ...content === "" && calls.length > 0 ? {} : { content },
            ...calls.length === 0 ? {} : { tool_calls: calls },
          };
          sendChoice(
            { index, delta, logprobs, finish_reason: null },
            drafts === null ? {} : { jakiro: drafts },
          );
        };
        return {
          push: (chunk) => {
            begin();
            const added = choice.push(chunk);
            if (!isEmpty(added)) sendDelta(added);
          },
          end: (statistics) => {
            begin();
            const content = choice.end(statistics);
            const added = { content, calls: [], logprobs: null, drafts: null };
            if (content !== "") sendDelta(added);
            const finish_reason = choice.finishReason;
            sendChoice({ index, delta: {}, logprobs: null, finish_reason });
          },
        };
      },
    });
    if (request.includesUsage) {
      send({ ...head, choices: [], usage: countUsage(answers) });
    }
  });
}

/** Whether a piece has nothing to say, such as half a character. */
function isEmpty({ content, calls, logprobs, drafts }: ChatDelta): boolean {
  return content === "" && calls.length === 0 &&
    (logprobs?.content.length ?? 0) === 0 &&
    (drafts?.tokens.length ?? 0) === 0;
}
