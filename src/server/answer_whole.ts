import { answerHead, type AnswerKind } from "./answer_head.ts";
import {
  type ChoicesArgs,
  type ChoiceSink,
  runChoices,
} from "./run_choices.ts";
import { countUsage } from "./usage.ts";
import type { Exchange } from "./exchange.ts";
import type { Service } from "./service.ts";

/** One answer of several, whole when it has ended. */
export interface WholeChoice extends ChoiceSink {
  /** Makes what a client is given. */
  readonly toChoice: (index: number) => object;
}

/**
 * Generates all answers that a request asks for, and answers it when they are whole.
 *
 * @param service Counts and measures.
 * @param exchange The request.
 * @param args Kind of answer, and as {@linkcode runChoices} takes them.
 * @returns The response.
 * @throws {ApiError | ServiceError} One was not let in, or was ended.
 */
export async function answerWhole(
  service: Service,
  exchange: Exchange,
  args: ChoicesArgs<WholeChoice> & { readonly kind: AnswerKind },
): Promise<Response> {
  const choices: WholeChoice[] = [];
  const answers = await runChoices(service, exchange, {
    ...args,
    open: (index, prompt) => choices[index] = args.open(index, prompt),
  });
  return Response.json({
    ...answerHead(args.entry, args.kind),
    choices: choices.map((choice, index) => choice.toChoice(index)),
    usage: countUsage(answers),
  });
}
