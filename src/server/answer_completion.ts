import { answerHead } from "./answer_head.ts";
import { answerWhole } from "./answer_whole.ts";
import { CompletionChoice, type CompletionDelta } from "./completion_choice.ts";
import {
  type CompletionRequest,
  readCompletionRequest,
} from "./read_completion_request.ts";
import { countUsage } from "./usage.ts";
import type { Exchange } from "./exchange.ts";
import { readBody } from "./read_body.ts";
import { runChoices } from "./run_choices.ts";
import type { ServedEntry, Service } from "./service.ts";
import { streamEvents } from "./event_stream.ts";
import { textIds } from "./prompt_ids.ts";

/** Answers `POST /v1/completions`. */
export async function answerCompletion(
  service: Service,
  exchange: Exchange,
): Promise<Response> {
  const { limits } = service;
  const fields = await readBody(exchange.request, limits);
  const entry = service.modelOf(fields);
  const { model } = entry;
  exchange.notes.model = model.id;
  const request = readCompletionRequest(fields, model, limits);
  const texts = request.prompts.map(({ prompt }) => prompt);
  if (service.logsPrompts) exchange.notes.prompt = JSON.stringify(texts);
  const { maxPromptTokens } = limits;
  const prompts = request.prompts.map(({ prompt, param }) =>
    textIds(model, prompt, { param, maxPromptTokens })
  );
  const completion = { entry, request, prompts };
  return request.isStreaming
    ? await streamCompletion(service, exchange, completion)
    : await answerWhole(service, exchange, {
      ...completion,
      kind: KIND,
      open: (_, prompt) => new CompletionChoice(model, prompt, request),
    });
}

/** A completion that is to be made. */
interface Completion {
  readonly entry: ServedEntry;
  readonly request: CompletionRequest;
  readonly prompts: readonly (readonly number[])[];
}

const KIND = { prefix: "cmpl", object: "text_completion" } as const;

async function streamCompletion(
  service: Service,
  exchange: Exchange,
  completion: Completion,
): Promise<Response> {
  const { entry, request } = completion;
  const head = answerHead(entry, KIND);
  const noUsage = request.includesUsage ? { usage: null } : {};
  return await streamEvents(exchange, async (send) => {
    const answers = await runChoices(service, exchange, {
      ...completion,
      open: (index, prompt) => {
        const choice = new CompletionChoice(entry.model, prompt, request);
        let unsent = choice.echo;
        const sendText = (added: Partial<CompletionDelta>): void => {
          const { logprobs = null, drafts = null } = added;
          const text = unsent + (added.text ?? "");
          const finish_reason = added.text === undefined
            ? choice.finishReason
            : null;
          unsent = "";
          send({
            ...head,
            choices: [{ index, text, logprobs, finish_reason }],
            ...noUsage,
            ...drafts === null ? {} : { jakiro: drafts },
          });
        };
        return {
          push: (chunk) => {
            const added = choice.push(chunk);
            if (!isEmpty(added)) sendText(added);
          },
          end: (statistics) => {
            choice.end(statistics);
            sendText({});
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
function isEmpty({ text, logprobs, drafts }: CompletionDelta): boolean {
  return text === "" && (logprobs?.tokens.length ?? 0) === 0 &&
    (drafts?.tokens.length ?? 0) === 0;
}
